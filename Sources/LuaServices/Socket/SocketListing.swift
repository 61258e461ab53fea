// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime
internal import ServiceKernel
internal import SocketDriver

/// The functions of `skynet.socketdriver` that tell about sockets and addresses.
enum SocketListing {
    static let functions = [
        LuaFunction("info") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try info(stack) }
        },
        LuaFunction("facts") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try facts(stack) }
        },
        LuaFunction("resolve") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try resolve(stack) }
        },
        LuaFunction("udp_address") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try address(stack) }
        },
    ]

    /// `info()` answers a list of tables, one a socket.
    private static func info(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let node = try LuaService.running(stack).node
        stack.pushTable()
        for (position, socket) in node.sockets.information().enumerated() {
            stack.pushTable(fields: 11)
            push(socket, on: stack, node.kernel.clock)
            stack.rawSet(-2, index: position + 1)
        }
        return 1
    }

    /// Adds what is known of a socket to the table on top.
    private static func push(_ socket: SocketInformation, on stack: LuaStack, _ clock: KernelClock) {
        set(stack, "id", Int(socket.id))
        set(stack, "address", Int(socket.owner))
        set(stack, "type", socket.kind.rawValue)
        set(stack, "rtime", ticks(socket.lastRead, clock))
        if socket.kind == .listen {
            set(stack, "accept", socket.accepted)
            if let address = socket.address { set(stack, "sock", address) }
            if socket.scheme != .tcp { set(stack, "transport", socket.scheme.rawValue) }
            return
        }
        set(stack, "read", socket.bytesRead)
        set(stack, "write", socket.bytesWritten)
        set(stack, "wbuffer", socket.bytesWaiting)
        set(stack, "wtime", ticks(socket.lastWrite, clock))
        set(stack, "reading", socket.isReading)
        set(stack, "writing", socket.isWriting)
        if let address = socket.address { set(stack, "peer", address) }
    }

    /// `facts(id)` answers a table of what is known of a connection; nil for a socket that is none.
    private static func facts(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard let facts = try stack.sockets().facts(of: try stack.requireSocket(1)) else {
            stack.pushNil()
            return 1
        }
        stack.pushTable()
        set(stack, "transport", facts.scheme.rawValue)
        set(stack, "address", facts.local)
        set(stack, "peer", facts.remote)
        if let tls = facts.tls {
            set(stack, "tls_version", tls.version)
            set(stack, "cipher", tls.cipher)
            if let name = tls.serverName { set(stack, "server_name", name) }
            if let name = tls.applicationProtocol { set(stack, "application_protocol", name) }
            if let subject = tls.peerSubject { set(stack, "peer_subject", subject) }
        }
        if let webSocket = facts.webSocket {
            set(stack, "path", webSocket.path)
            if let query = webSocket.query { set(stack, "query", query) }
            if let name = webSocket.subprotocol { set(stack, "subprotocol", name) }
            stack.pushTable()
            for (name, value) in webSocket.headers {
                stack.push(name)
                stack.push(value)
                stack.rawSet(-3)
            }
            stack.rawSet(-2, field: "headers")
        }
        return 1
    }

    private static func set(_ stack: LuaStack, _ field: StaticString, _ value: Int) {
        stack.push(value)
        stack.rawSet(-2, field: field)
    }

    private static func set(_ stack: LuaStack, _ field: StaticString, _ value: Bool) {
        stack.push(value)
        stack.rawSet(-2, field: field)
    }

    private static func set(_ stack: LuaStack, _ field: StaticString, _ value: String) {
        stack.push(value)
        stack.rawSet(-2, field: field)
    }

    /// When something happened, in `skynet.now`'s time; 0 for never. The driver's clock lags by milliseconds, so that
    /// the moment may lie before the node's beginning.
    private static func ticks(_ nanoseconds: UInt64, _ clock: KernelClock) -> Int {
        if nanoseconds == 0 { return 0 }
        let age = KernelClock.nanoseconds - min(nanoseconds, KernelClock.nanoseconds)
        return max(Int(clock.now) - Int(age / KernelClock.tick), 0)
    }

    /// `resolve(host)` answers a list of addresses; it waits for the resolver.
    private static func resolve(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let sockets = try stack.sockets()
        let host = try stack.requireString(1)
        let addresses: [String]
        do throws(SocketError) {
            addresses = try sockets.resolve(host: host)
        } catch {
            throw .message(error.description)
        }
        stack.pushTable(array: Int32(addresses.count))
        for (position, address) in addresses.enumerated() {
            stack.push(address)
            stack.rawSet(-2, index: position + 1)
        }
        return 1
    }

    /// `udp_address(packed)` answers ip and port.
    private static func address(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard let address = PackedAddress(packed: try stack.requireBytes(1)) else {
            throw .message("Invalid udp address")
        }
        stack.push(address.host)
        stack.push(Int(address.port))
        return 2
    }
}
