// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import Glibc
public import LuaRuntime

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
        ]
    )

    static let queues = LuaObjectKind<PacketQueue>("netpack queue")
}

/// What the queue's userdata carries; its finalizer drops what was never popped.
final class PacketQueue {
    var assembler = PacketAssembler()
}

// The functions that run for every packet make as few calls of Lua's as plain C would, and count no references.
extension Netpack {
    /// `filter(queue, message, size)` answers the queue and what the socket message means.
    @inline(__always)
    private static func filter(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let queue = try queue(stack)
        let bytes = try stack.borrowBuffer(2)
        guard let message = SocketMessage(UnsafeMutableRawPointer(mutating: bytes.baseAddress), size: bytes.count)
        else {
            throw .argument(2, "socket message expected, got \(bytes.count) bytes")
        }
        if message.kind == .data { return data(stack, message, queue) }
        return event(stack, message, queue)
    }

    private static func data(
        _ stack: LuaStack,
        _ message: SocketMessage,
        _ queue: LuaObjectReference<PacketQueue>?
    ) -> Int32 {
        if message.isPacket { return wholePacket(stack, message) }
        guard let queue else { return firstData(stack, message.id, message.takeBlock()) }
        stack.copy(1)
        return queue.use { accept(stack, message.id, message.takeBlock(), into: $0) }
    }

    /// A packet that came with its borders, as it is: no header is in front of it.
    private static func wholePacket(_ stack: LuaStack, _ message: SocketMessage) -> Int32 {
        if stack.isNoneOrNil(1) { stack.pushNil() } else { stack.copy(1) }
        return message.block == nil ? 1 : packet(stack, message.id, message.takeBlock())
    }

    /// Data for a gate without a queue. A gate whose packets arrive alone never needs one.
    private static func firstData(_ stack: LuaStack, _ id: Int32, _ block: consuming MemoryBlock) -> Int32 {
        if block.bytes.isEmpty {
            stack.pushNil()
            return 1
        }
        if PacketAssembler.rules.isPacket(block.bytes) {
            stack.pushNil()
            return packet(stack, id, PacketAssembler.rules.packet(in: block))
        }
        let queue = PacketQueue()
        queues.push(queue, on: stack)
        return accept(stack, id, block, into: queue)
    }

    @inline(__always)
    private static func accept(
        _ stack: LuaStack,
        _ id: Int32,
        _ block: consuming MemoryBlock,
        into queue: PacketQueue
    ) -> Int32 {
        switch queue.assembler.accept(block, from: id) {
        case .incomplete: return 1
        case .packet(let payload): return packet(stack, id, payload)
        case .queued:
            stack.push("more")
            return 2
        }
    }

    /// Pushes a packet behind the queue, and answers the number of both's values.
    @inline(__always)
    private static func packet(_ stack: LuaStack, _ id: Int32, _ payload: consuming MemoryBlock) -> Int32 {
        stack.push("data")
        stack.push(id)
        stack.push(buffer: payload)
        return 5
    }

    /// `pop(queue)` answers socket, address and size of the oldest packet, or nothing.
    @inline(__always)
    private static func pop(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard let queue = try queue(stack) else { return 0 }
        return queue.use { queue in
            guard let socket = queue.assembler.next else { return 0 }
            let packet = queue.assembler.pop()
            stack.push(socket)
            stack.push(buffer: packet)
            return 3
        }
    }

    private static func clear(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try queue(stack)?.use { $0.assembler.clear() }
        return 0
    }

    @inline(__always)
    private static func queue(_ stack: LuaStack) throws(LuaError) -> LuaObjectReference<PacketQueue>? {
        if let queue = queues.reference(1, on: stack) { return queue }
        if stack.isNoneOrNil(1) { return nil }
        throw stack.typeError(1, expected: "\(queues.name)")
    }
}

extension Netpack {
    /// Pushes the queue and what an event other than data means, and answers the number of values.
    private static func event(
        _ stack: LuaStack,
        _ message: SocketMessage,
        _ queue: LuaObjectReference<PacketQueue>?
    ) -> Int32 {
        if queue == nil { stack.pushNil() } else { stack.copy(1) }
        switch message.kind {
        case .connect:
            push(stack, "init", message.id, message.text)
            stack.push(message.detail)
            return 5
        case .accept: return push(stack, "open", message.detail, message.text)
        case .error:
            queue?.use { $0.assembler.forget(message.id) }
            return push(stack, "error", message.id, message.text)
        case .close:
            queue?.use { $0.assembler.forget(message.id) }
            stack.push("close")
            stack.push(message.id)
            return 3
        case .warning:
            stack.push("warning")
            stack.push(message.id)
            stack.push(message.detail)
            return 4
        default: return 1
        }
    }

    /// Pushes an event with a text behind the queue, and answers the number of both's values.
    @discardableResult
    private static func push(
        _ stack: LuaStack,
        _ name: StaticString,
        _ id: Int32,
        _ text: UnsafeRawBufferPointer
    ) -> Int32 {
        stack.push(name)
        stack.push(id)
        stack.push(text)
        return 4
    }
}

extension Netpack {
    /// `pack(string)` or `pack(address, size)` answers address and size of a copy behind its length.
    @inline(__always)
    private static func pack(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let body = if let text = stack.bytes(1) { text } else { try foreignBody(stack) }
        if body.count > PacketAssembler.rules.framing.largestPacket { throw tooLong(body.count) }
        let headerSize = MemoryLayout<UInt16>.size
        let count = headerSize + body.count
        let block = MemoryBlock.allocate(count)
        block.storeBytes(of: UInt16(truncatingIfNeeded: body.count).bigEndian, as: UInt16.self)
        if let source = body.baseAddress { memcpy(block + headerSize, source, body.count) }
        stack.push(buffer: MemoryBlock(adopting: block, count: count))
        return 2
    }

    private static func tooLong(_ count: Int) -> LuaError {
        .message("Invalid size (too long) of data : \(count)")
    }

    /// The bytes of a userdata, light or full, and a size.
    private static func foreignBody(_ stack: LuaStack) throws(LuaError) -> UnsafeRawBufferPointer {
        switch stack.type(1) {
        case .lightUserdata: return try stack.borrowBuffer(1)
        case .userdata:
            let size = try stack.requireInteger(2)
            if size < 0 || size > stack.rawLength(1) { throw .argument(2, "size exceeds the userdata") }
            return UnsafeRawBufferPointer(start: stack.userdata(1), count: size)
        default: return try stack.requireBytes(1)
        }
    }

    /// `tostring(address, size)` answers the bytes of a block and frees it.
    @inline(__always)
    private static func tostring(_ stack: LuaStack) throws(LuaError) -> Int32 {
        do throws(LuaError) {
            let payload = try stack.takeBuffer(1)
            stack.push(payload.bytes)
        } catch {
            try pushForeignText(stack, error)
        }
        return 1
    }

    /// What is no userdata at all counts as nothing.
    private static func pushForeignText(_ stack: LuaStack, _ error: LuaError) throws(LuaError) {
        if [.lightUserdata, .userdata].contains(stack.type(1)) { throw error }
        _ = try stack.requireInteger(2)
        stack.push("")
    }
}
