// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import LuaRuntime

/// The functions of `skynet.socketdriver` about bytes that have arrived.
///
/// Scripts pass a table as second argument, in which skynet keeps spare nodes of its buffers; ours need none.
enum SocketBuffers {
    private final class Box {
        var bytes = ReadBuffer()
    }

    private static let buffers = LuaObjectKind<Box>("socket buffer")

    static let functions = [
        LuaFunction("buffer") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                buffers.push(Box(), on: stack)
                return 1
            }
        },
        LuaFunction("push") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try push(stack) }
        },
        LuaFunction("pop") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try pop(stack) }
        },
        LuaFunction("readline") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try readline(stack) }
        },
        LuaFunction("readall") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                let buffer = try require(stack)
                buffer.bytes.take(buffer.bytes.count) { stack.push($0) }
                return 1
            }
        },
        LuaFunction("clear") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                if !stack.isNoneOrNil(1) { try require(stack).bytes.clear() }
                return 0
            }
        },
        LuaFunction("drop") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                _ = try stack.takeBuffer(1)
                return 0
            }
        },
        LuaFunction("header") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try header(stack) }
        },
        LuaFunction("str2p") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try copy(stack) }
        },
        LuaFunction("unpack") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try unpack(stack) }
        },
    ]

    private static func require(_ stack: LuaStack) throws(LuaError) -> Box {
        guard let buffer = buffers.object(1, on: stack) else { throw .message("Need buffer object at param 1") }
        return buffer
    }

    /// `push(buffer, pool, address, size)` answers the bytes now buffered.
    private static func push(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard let buffer = buffers.object(1, on: stack) else { throw .message("need buffer object at param 1") }
        if stack.type(3) != .lightUserdata { throw .message("need message block at param 3") }
        buffer.bytes.append(try stack.takeBuffer(3))
        stack.push(buffer.bytes.count)
        return 1
    }

    /// `pop(buffer, pool, size)` answers a string or nil, and the bytes that are left.
    private static func pop(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let buffer = try require(stack)
        let size = try stack.requireInteger(3)
        if size <= 0 || size > buffer.bytes.count {
            stack.pushNil()
        } else {
            buffer.bytes.take(size) { stack.push($0) }
        }
        stack.push(buffer.bytes.count)
        return 2
    }

    /// `readline(buffer, pool, separator)` answers the text before the separator, or nothing; without a pool it only
    /// says whether there is one.
    private static func readline(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let buffer = try require(stack)
        let separator = try stack.requireBytes(3)
        guard let length = buffer.bytes.find(separator) else { return 0 }
        if stack.isNoneOrNil(2) {
            stack.push(true)
        } else {
            buffer.bytes.take(length) { stack.push($0) }
            buffer.bytes.drop(separator.count)
        }
        return 1
    }

    /// `header(string)` reads one to four bytes as a number, most significant first.
    private static func header(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let bytes = try stack.requireBytes(1)
        if !(1...4).contains(bytes.count) {
            throw .message("Invalid read \(String(decoding: bytes, as: UTF8.self))")
        }
        stack.push(bytes.reduce(0) { $0 << 8 | Int($1) })
        return 1
    }

    /// `str2p(string)` answers address and size of a copy.
    private static func copy(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let bytes = try stack.requireBytes(1)
        let block = MemoryBlock.allocate(bytes.count)
        UnsafeMutableRawBufferPointer(start: block, count: bytes.count).copyMemory(from: bytes)
        stack.push(buffer: MemoryBlock(adopting: block, count: bytes.count))
        return 2
    }
}

extension SocketBuffers {
    /// `unpack(message, size)` answers kind, id and detail of a socket message, then its block or its text, then the
    /// sender's address of a datagram.
    private static func unpack(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let bytes = try stack.borrowBuffer(1)
        guard let message = SocketMessage(UnsafeMutableRawPointer(mutating: bytes.baseAddress), size: bytes.count)
        else {
            throw .argument(1, "socket message expected, got \(bytes.count) bytes")
        }
        if message.isPacket, message.block != nil, !message.becomeStream() { return longPacket(stack, message) }
        stack.push(message.kind.number)
        stack.push(message.id)
        stack.push(message.detail)
        guard let block = message.block else {
            stack.push(message.text)
            return 4
        }
        let size = max(Int(message.detail), 0)
        let address = message.kind == .udp ? sender(block, behind: size) : nil
        message.lendBlock()
        stack.push(buffer: MemoryBlock(adopting: block, count: size + (address?.count ?? 0)))
        // Scripts take the size from the third value.
        stack.pop()
        guard let address else { return 4 }
        stack.push(address)
        return 5
    }

    /// Who reads a stream finds packets in it by two bytes of length, which cannot announce this one. It is lost, and its
    /// reader must not go on as if nothing had been.
    private static func longPacket(_ stack: LuaStack, _ message: SocketMessage) -> Int32 {
        stack.push(SocketMessage.Kind.error.number)
        stack.push(message.id)
        stack.push(0)
        stack.push("packet of \(message.detail) bytes: more than a stream with two bytes of length can have")
        return 4
    }

    /// The packed address behind the bytes of a datagram, as long as its first byte says.
    private static func sender(_ block: UnsafeMutableRawPointer, behind count: Int) -> UnsafeRawBufferPointer {
        let isShort = block.load(fromByteOffset: count, as: UInt8.self) == 1
        return UnsafeRawBufferPointer(start: block + count, count: isShort ? 7 : 19)
    }
}
