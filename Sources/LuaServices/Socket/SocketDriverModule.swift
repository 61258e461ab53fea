// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime
internal import ServiceKernel
internal import SocketDriver

/// Sockets for scripts, whose events come as messages. The corresponding Lua module is `skynet.socketdriver`.
enum SocketDriverModule {
    static let module = LuaModule(
        "skynet.socketdriver",
        SocketOpening.functions + SocketSteering.functions + SocketSending.functions + SocketListing.functions
            + SocketBuffers.functions
    )
}

extension LuaStack {
    /// The number of a socket.
    @inline(__always)
    func requireSocket(_ index: Int32) throws(LuaError) -> SocketID {
        SocketID(truncatingIfNeeded: try requireInteger(index))
    }

    @inline(__always)
    func sockets() throws(LuaError) -> SocketDriver { try LuaService.running(self).node.sockets }
}

/// What is asked of an open socket: nothing is answered, and unknown numbers are ignored.
enum SocketSteering {
    static let functions = [
        LuaFunction("start") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                let service = try LuaService.running(stack)
                service.node.sockets.start(try stack.requireSocket(1), owner: service.handle.rawValue)
                return 0
            }
        },
        LuaFunction("pause") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                try stack.sockets().pause(try stack.requireSocket(1))
                return 0
            }
        },
        LuaFunction("close") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                try stack.sockets().close(try stack.requireSocket(1))
                return 0
            }
        },
        LuaFunction("shutdown") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                try stack.sockets().shutdown(try stack.requireSocket(1))
                return 0
            }
        },
        LuaFunction("nodelay") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                try stack.sockets().nodelay(try stack.requireSocket(1))
                return 0
            }
        },
    ]
}
