// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import LuaRuntime
internal import SocketDriver

/// The functions of `skynet.socketdriver` that send. They answer whether the socket is there to send on.
enum SocketSending {
    static let functions = [
        LuaFunction("send") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try send(stack, .high) }
        },
        LuaFunction("lsend") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try send(stack, .low) }
        },
        LuaFunction("send_packet") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try sendPacket(stack) }
        },
        LuaFunction("udp_send") { state in
            LuaFunction.enter(state) { stack throws(LuaError) in try sendDatagram(stack) }
        },
    ]

    /// `send(id, data…)`
    @inline(__always)
    private static func send(_ stack: LuaStack, _ priority: SendPriority) throws(LuaError) -> Int32 {
        let sockets = try stack.sockets()
        let id = try stack.requireSocket(1)
        stack.push(try withData(stack, 2) { sockets.send(id, $0, priority: priority) })
        return 1
    }

    /// `send_packet(id, data…)`: one packet, which gets its length here. How it is told to the client, and how long it may
    /// be, depends on the listener.
    private static func sendPacket(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let sockets = try stack.sockets()
        let id = try stack.requireSocket(1)
        var refusal: SocketError?
        let isTaken = try withData(stack, 2) { packet in
            do throws(SocketError) {
                return try sockets.sendPacket(id, packet)
            } catch {
                refusal = error
                return false
            }
        }
        if let refusal { throw .message(refusal.description) }
        stack.push(isTaken)
        return 1
    }

    /// `udp_send(id, address, data…)`
    private static func sendDatagram(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let sockets = try stack.sockets()
        let id = try stack.requireSocket(1)
        let address = try stack.requireBytes(2)
        stack.push(try withData(stack, 3) { sockets.udpSend(id, to: address, $0) })
        return 1
    }

    /// Bytes of one send: who has more to say says it in pieces, and finds out meanwhile whether they are taken.
    private static let largest = 1 << 30

    @inline(__always)
    private static func accepted(_ bytes: UnsafeRawBufferPointer) throws(LuaError) -> UnsafeRawBufferPointer {
        if bytes.count > largest { throw tooLarge(bytes.count) }
        return bytes
    }

    private static func tooLarge(_ count: Int) -> LuaError {
        .message("a send of \(count) bytes is more than \(largest)")
    }

    /// Lends the bytes of the argument at `index`, whose form decides who owns them: an address and a size are given
    /// away and freed here, everything else stays the script's.
    @inline(__always)
    private static func withData(
        _ stack: LuaStack,
        _ index: Int32,
        _ body: (UnsafeRawBufferPointer) -> Bool
    ) throws(LuaError) -> Bool {
        switch stack.type(index) {
        case .lightUserdata:
            let payload = try stack.takeBuffer(index)
            return body(try accepted(payload.bytes))
        case .userdata:
            return body(try accepted(userdata(stack, index)))
        case .table:
            let joined = try join(stack, index)
            return body(try accepted(joined.bytes))
        default:
            return body(try accepted(stack.requireBytes(index)))
        }
    }

    /// The bytes of a full userdata, all of them without a size.
    private static func userdata(_ stack: LuaStack, _ index: Int32) throws(LuaError) -> UnsafeRawBufferPointer {
        let length = stack.rawLength(index)
        let size = try stack.requireInteger(index + 1, default: length)
        if size < 0 || size > length { throw .argument(index + 1, "size exceeds the userdata") }
        return UnsafeRawBufferPointer(start: stack.userdata(index), count: size)
    }

    /// The strings of a list, up to the first nil, one behind the other.
    private static func join(_ stack: LuaStack, _ table: Int32) throws(LuaError) -> MemoryBlock {
        let isPlain = !stack.pushMetatable(of: table)
        if !isPlain { stack.pop() }
        var joined = ByteJoin()
        var index = 1
        while true {
            let type = isPlain ? stack.rawGet(table, index: index) : try stack.checkedGet(table, index: index)
            if type == .nil { break }
            guard let bytes = stack.bytes(-1) else {
                throw .argument(-1, "string expected, got \(stack.typeName(-1))")
            }
            // A list may name the same string again and again, or have no end.
            if joined.count + bytes.count > largest { throw tooLarge(joined.count + bytes.count) }
            joined.append(bytes)
            stack.pop()
            index += 1
        }
        stack.pop()
        return joined.finish()
    }
}
