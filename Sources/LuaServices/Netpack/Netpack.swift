// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
public import LuaRuntime
internal import ServiceKernel

/// Length-prefixed packets for gates. The corresponding Lua module is `skynet.netpack`.
public enum Netpack {
    public static let module = LuaModule(
        "skynet.netpack",
        [
            LuaFunction("filter") { state in
                LuaFunction.enter(state) { stack throws(LuaError) in try filter(stack) }
            },
            LuaFunction("pop") { state in
                LuaFunction.enter(state) { stack throws(LuaError) in try pop(stack) }
            },
            LuaFunction("pack") { state in
                LuaFunction.enter(state) { stack throws(LuaError) in try pack(stack) }
            },
            LuaFunction("tostring") { state in
                LuaFunction.enter(state) { stack throws(LuaError) in try tostring(stack) }
            },
            LuaFunction("clear") { state in
                LuaFunction.enter(state) { stack throws(LuaError) in try clear(stack) }
            },
        ])

    static let queues = LuaObjectKind<PacketQueue>("netpack queue")
}

/// What the queue's userdata carries; its finalizer drops what was never popped.
final class PacketQueue {
    var assembler = PacketAssembler()
}

extension Netpack {
    /// `filter(queue, message, size)` answers the queue and what the socket message means.
    private static func filter(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let queue = try queue(stack)
        let bytes = try stack.borrowBuffer(2)
        guard let message = SocketMessage(UnsafeMutableRawPointer(mutating: bytes.baseAddress), size: bytes.count) else {
            throw .argument(2, "socket message expected, got \(bytes.count) bytes")
        }
        if message.kind == .data { return data(stack, message, queue) }
        if message.kind == .close || message.kind == .error { queue?.assembler.forget(message.id) }
        pushQueue(stack, queue)
        return 1 + event(stack, message)
    }

    /// Pushes what an event other than data means, and answers the number of values.
    private static func event(_ stack: LuaStack, _ message: SocketMessage) -> Int32 {
        switch message.kind {
        case .connect:
            push(stack, "init", message.id, message.text)
            stack.push(message.detail)
            return 4
        case .accept: return push(stack, "open", message.detail, message.text)
        case .error: return push(stack, "error", message.id, message.text)
        case .close:
            stack.push("close")
            stack.push(message.id)
            return 2
        case .warning:
            stack.push("warning")
            stack.push(message.id)
            stack.push(message.detail)
            return 3
        default: return 0
        }
    }

    @discardableResult
    private static func push(
        _ stack: LuaStack, _ name: StaticString, _ id: Int32, _ text: UnsafeRawBufferPointer
    ) -> Int32 {
        stack.push(name)
        stack.push(id)
        stack.push(text)
        return 3
    }

    private static func data(_ stack: LuaStack, _ message: SocketMessage, _ queue: PacketQueue?) -> Int32 {
        let block = message.takeBlock()
        // A gate whose packets arrive alone needs no queue at all.
        if queue == nil, block.pointer == nil || PacketAssembler.isPacket(block.bytes) {
            stack.pushNil()
            return block.pointer == nil ? 1 : packet(stack, message.id, PacketAssembler.packet(in: block))
        }
        let used = queue ?? PacketQueue()
        // Before the assembler is touched: pushing may run finalizers.
        if queue == nil { queues.push(used, on: stack) } else { stack.copy(1) }
        switch used.assembler.accept(block, from: message.id) {
        case .incomplete: return 1
        case .packet(let payload): return packet(stack, message.id, payload)
        case .queued:
            stack.push("more")
            return 2
        }
    }

    /// Pushes a packet behind the queue, and answers the number of both's values.
    private static func packet(_ stack: LuaStack, _ id: Int32, _ payload: consuming MessagePayload) -> Int32 {
        stack.push("data")
        stack.push(id)
        stack.push(buffer: payload)
        return 5
    }

    /// `pop(queue)` answers socket, address and size of the oldest packet, or nothing.
    private static func pop(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard let queue = try queue(stack), let socket = queue.assembler.next else { return 0 }
        stack.push(socket)
        stack.push(buffer: queue.assembler.pop())
        return 3
    }

    private static func clear(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try queue(stack)?.assembler.clear()
        return 0
    }

    @inline(__always)
    private static func queue(_ stack: LuaStack) throws(LuaError) -> PacketQueue? {
        stack.isNoneOrNil(1) ? nil : try queues.require(1, on: stack)
    }

    private static func pushQueue(_ stack: LuaStack, _ queue: PacketQueue?) {
        if queue == nil { stack.pushNil() } else { stack.copy(1) }
    }
}

extension Netpack {
    /// `pack(string)` or `pack(address, size)` answers address and size of a copy behind its length.
    private static func pack(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let body = try body(stack)
        if body.count > PacketAssembler.largestPacket {
            throw .message("Invalid size (too long) of data : \(body.count)")
        }
        let block = MessagePayload.allocate(PacketAssembler.headerSize + body.count)
        block.storeBytes(of: UInt16(truncatingIfNeeded: body.count).bigEndian, as: UInt16.self)
        if let source = body.baseAddress { memcpy(block + PacketAssembler.headerSize, source, body.count) }
        stack.push(buffer: MessagePayload(adopting: block, count: PacketAssembler.headerSize + body.count))
        return 2
    }

    @inline(__always)
    private static func body(_ stack: LuaStack) throws(LuaError) -> UnsafeRawBufferPointer {
        switch stack.type(1) {
        case .lightUserdata: return try stack.borrowBuffer(1)
        case .userdata: return try fullUserdata(stack)
        default: return try stack.requireBytes(1)
        }
    }

    private static func fullUserdata(_ stack: LuaStack) throws(LuaError) -> UnsafeRawBufferPointer {
        let size = try stack.requireInteger(2)
        if size < 0 || size > stack.rawLength(1) { throw .argument(2, "size exceeds the userdata") }
        return UnsafeRawBufferPointer(start: stack.userdata(1), count: size)
    }

    /// `tostring(address, size)` answers the bytes of a block and frees it.
    private static func tostring(_ stack: LuaStack) throws(LuaError) -> Int32 {
        switch stack.type(1) {
        case .lightUserdata:
            let payload = try stack.takeBuffer(1)
            stack.push(payload.bytes)
        case .userdata:
            throw stack.typeError(1, expected: "light userdata")
        default:
            _ = try stack.requireInteger(2)
            stack.push("")
        }
        return 1
    }
}
