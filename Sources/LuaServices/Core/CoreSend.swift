// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import LuaRuntime
internal import ServiceKernel

/// `send`, `redirect`, `genid`.
enum CoreSend {
    /// `send(dest, type, session | nil, msg [, size])` → session; nothing if nobody is there; false if too large.
    static let send: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let service = try LuaService.running(stack)
            return try deliver(stack, service, source: service.handle, typeIndex: 2)
        }
    }

    /// `redirect(dest, source, type, session | nil, msg [, size])`; source 0 means the service itself.
    static let redirect: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let service = try LuaService.running(stack)
            let source = UInt32(truncatingIfNeeded: try stack.requireInteger(2))
            return try deliver(
                stack,
                service,
                source: source == 0 ? service.handle : ServiceHandle(rawValue: source),
                typeIndex: 3
            )
        }
    }

    static let genid: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            stack.push(try LuaService.running(stack).nextSession())
            return 1
        }
    }

    @inline(__always)
    private static func deliver(
        _ stack: LuaStack,
        _ service: LuaService,
        source: ServiceHandle,
        typeIndex: Int32
    ) throws(LuaError) -> Int32 {
        let destination = try Destination(stack, 1)
        let type = MessageType(rawValue: UInt8(truncatingIfNeeded: try stack.requireInteger(typeIndex)))
        let sessionIndex = typeIndex + 1
        let session: Int32
        if stack.isNoneOrNil(sessionIndex) {
            // Taken before the send, and not given back should it fail.
            session = service.nextSession()
        } else {
            session = Int32(truncatingIfNeeded: try stack.requireInteger(sessionIndex))
        }
        if type == .socket, stack.type(sessionIndex + 1) == .string { throw forgedSocketMessage }
        guard let payload = try body(stack, sessionIndex + 1, destination, service) else {
            stack.push(false)
            return 1
        }
        let message = Message(type: type, source: source, session: session, payload: payload)
        if !destination.accept(message, from: service) { return 0 }
        stack.push(session)
        return 1
    }

    /// The event of a socket has the address of its block inside, which a copy of the bytes would own once more.
    private static var forgedSocketMessage: LuaError { .message("a socket message can't be made of a string") }

    /// The body of a message from the arguments at `index`, or nil when it is too large, which is logged.
    @inline(__always)
    private static func body(
        _ stack: LuaStack,
        _ index: Int32,
        _ destination: Destination,
        _ service: LuaService
    ) throws(LuaError) -> MemoryBlock? {
        switch stack.type(index) {
        case .string:
            return MemoryBlock(copying: try stack.requireBytes(index))
        case .lightUserdata:
            if !(0...largestBuffer ~= (try stack.requireInteger(index + 1))) {
                service.log("error: The message to \(destination.name) is too large")
                return nil
            }
            return try stack.takeBuffer(index)
        default:
            throw .message("invalid param \(stack.typeName(index))")
        }
    }
}
