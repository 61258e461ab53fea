// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime
internal import ServiceKernel
internal import SocketDriver

/// The functions of `skynet.socketdriver` that make sockets. What cannot be done at once is raised.
enum SocketOpening {
    private static let backlog = 32

    static let functions = [
        LuaFunction("listen") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try listen(stack) }
        },
        LuaFunction("connect") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try connect(stack) }
        },
        LuaFunction("bind") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                let service = try LuaService.running(stack)
                let number = try stack.requireInteger(1)
                guard let descriptor = Int32(exactly: number), descriptor >= 0 else {
                    throw .argument(1, "\(number) is no descriptor")
                }
                if let owner = NodeDescriptor.role(of: descriptor) {
                    throw .argument(1, "descriptor \(descriptor) is \(owner) and can't be bound")
                }
                stack.push(service.node.sockets.bind(descriptor: descriptor, owner: service.handle.rawValue))
                return 1
            }
        },
        LuaFunction("udp") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try udp(stack) }
        },
        LuaFunction("udp_listen") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try udpListen(stack) }
        },
        LuaFunction("udp_dial") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try udpDial(stack) }
        },
        LuaFunction("udp_connect") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try udpConnect(stack) }
        },
    ]

    /// `listen(host [, port [, backlog]])`
    private static func listen(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let service = try LuaService.running(stack)
        // In the words of a failed listen, so that it is told in one line and not in three tracebacks.
        let endpoint = try endpoint(stack, 1, refusal: "Listen error: ") { endpoint throws(Endpoint.ParseError) in
            try endpoint.checkForListening()
        }
        let backlog = Int(Int32(clamping: try stack.requireInteger(3, default: backlog)))
        do throws(SocketError) {
            stack.push(
                try service.node.sockets.listen(endpoint, backlog: backlog, owner: service.handle.rawValue)
            )
        } catch {
            throw .message(ListenRefusal(endpoint, error).description)
        }
        return 1
    }

    /// `connect(host [, port])`
    private static func connect(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let service = try LuaService.running(stack)
        let endpoint = try endpoint(stack, 1)
        if endpoint.port == 0, endpoint.scheme != .unix { throw .message("Invalid port") }
        do throws(SocketError) {
            stack.push(try service.node.sockets.connect(endpoint, owner: service.handle.rawValue))
        } catch {
            throw .message("\(endpoint): \(error.description)")
        }
        return 1
    }

    /// `udp([host [, port]])`; without a host the socket gets its port when it first sends.
    private static func udp(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let service = try LuaService.running(stack)
        let address = stack.isNoneOrNil(1) ? nil : try address(stack, 1)
        stack.push(
            try granted("udp init failed") { () throws(SocketError) in
                try service.node.sockets.udp(
                    host: address?.host,
                    port: address?.port ?? 0,
                    owner: service.handle.rawValue
                )
            }
        )
        return 1
    }

    private static func udpListen(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try open(stack, orSay: "udp listen host failed") { (sockets, address, owner) throws(SocketError) in
            try sockets.udpListen(host: address.host, port: address.port, owner: owner)
        }
    }

    private static func udpDial(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try open(stack, orSay: "udp dial host failed") { (sockets, address, owner) throws(SocketError) in
            try sockets.udpDial(host: address.host, port: address.port, owner: owner)
        }
    }

    /// Opens a socket for the address of argument 1 and pushes its id.
    private static func open(
        _ stack: LuaStack,
        orSay failure: String,
        _ body: (SocketDriver, HostAndPort, SocketOwner) throws(SocketError) -> SocketID
    ) throws(LuaError) -> Int32 {
        let service = try LuaService.running(stack)
        let address = try address(stack, 1)
        stack.push(
            try granted(failure) { () throws(SocketError) in
                try body(service.node.sockets, address, service.handle.rawValue)
            }
        )
        return 1
    }

    /// `udp_connect(id, host [, port])`
    private static func udpConnect(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let sockets = try stack.sockets()
        let id = try stack.requireSocket(1)
        let address = try address(stack, 2)
        try granted("udp connect failed") { () throws(SocketError) in
            try sockets.udpConnect(id, host: address.host, port: address.port)
        }
        return 0
    }

    private static func granted<Answer>(
        _ refusal: String,
        _ ask: () throws(SocketError) -> Answer
    ) throws(LuaError) -> Answer {
        do throws(SocketError) { return try ask() } catch { throw .message(refusal) }
    }

    /// A URL at `index`, or a host; with the port behind it, or in the same string.
    ///
    /// - Parameter refusal: what is said before what is wrong with a URL.
    private static func endpoint(
        _ stack: LuaStack,
        _ index: Int32,
        refusal: String = "",
        check: (Endpoint) throws(Endpoint.ParseError) -> Void = { _ throws(Endpoint.ParseError) in }
    ) throws(LuaError) -> Endpoint {
        let text = try stack.requireString(index)
        let port = stack.isNoneOrNil(index + 1) ? nil : try stack.requireInteger(index + 1)
        do throws(Endpoint.ParseError) {
            let endpoint = try Endpoint(parsing: text, port: port)
            try check(endpoint)
            return endpoint
        } catch {
            throw .message((text.contains("://") ? refusal : "") + error.description)
        }
    }

    /// The host at `index` with the port behind it, or both in one string.
    private static func address(_ stack: LuaStack, _ index: Int32) throws(LuaError) -> HostAndPort {
        let host = try stack.requireString(index)
        if !stack.isNoneOrNil(index + 1) {
            let port = try stack.requireInteger(index + 1)
            if !(0...0xffff).contains(port) { throw .message("Invalid port") }
            return HostAndPort(host: host, port: port)
        }
        do throws(HostAndPort.ParseError) {
            return try HostAndPort(parsing: host)
        } catch {
            throw .message(error.description)
        }
    }
}
