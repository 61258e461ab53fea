// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Blocks
internal import Glibc

/// Cuts what sockets send into packets: two bytes of length, the larger first, and that many bytes.
///
/// A packet that arrives alone and whole is answered at once; packets that arrive together are queued, in the order of
/// their arrival over all sockets.
public struct PacketAssembler: ~Copyable {
    /// What became of the bytes of one read.
    public enum Arrival: ~Copyable {
        /// No packet ended in them.
        case incomplete
        /// They ended exactly one packet and nothing else.
        case packet(MemoryBlock)
        /// At least one packet was queued.
        case queued
    }

    public static let headerSize = 2
    public static let largestPacket = 0xffff

    /// The beginning of a packet.
    private enum Fragment {
        case header(UInt8)
        case body(UnsafeMutableRawPointer, received: Int, size: Int)
    }

    private var fragments: [Int32: Fragment] = [:]
    private var ring = PacketRing()

    public init() {}

    deinit { for fragment in fragments.values { PacketAssembler.free(fragment) } }

    /// Takes the bytes of one read.
    public mutating func accept(_ block: consuming MemoryBlock, from socket: Int32) -> Arrival {
        if !fragments.isEmpty, let fragment = fragments.removeValue(forKey: socket) {
            return resume(fragment, block, from: socket)
        }
        if PacketAssembler.isPacket(block.bytes) { return .packet(PacketAssembler.packet(in: block)) }
        let before = ring.count
        cut(block.bytes, from: socket)
        return ring.count == before ? .incomplete : .queued
    }

    /// The socket of the oldest queued packet.
    @inline(__always)
    public var next: Int32? { ring.first }

    /// Takes the oldest queued packet, which must be there: ask ``next`` first.
    @inline(__always)
    public mutating func pop() -> MemoryBlock { ring.removeFirst() }

    /// Drops the beginning of a packet that will not be finished. Queued packets stay.
    public mutating func forget(_ socket: Int32) {
        if let fragment = fragments.removeValue(forKey: socket) { PacketAssembler.free(fragment) }
    }

    /// Drops everything.
    public mutating func clear() { self = PacketAssembler() }

    /// Whether bytes are one whole packet and nothing else.
    @inline(__always)
    public static func isPacket(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= headerSize && size(in: bytes) == bytes.count - headerSize
    }

    /// Makes the block that holds one whole packet the packet's own: the body moves to its start.
    public static func packet(in block: consuming MemoryBlock) -> MemoryBlock {
        let (pointer, count) = block.relinquish()
        let size = count - headerSize
        if let pointer { memmove(pointer, pointer + headerSize, size) }
        return MemoryBlock(adopting: pointer, count: size)
    }
}

extension PacketAssembler {
    @inline(__always)
    private static func size(in bytes: UnsafeRawBufferPointer) -> Int { Int(bytes[0]) << 8 | Int(bytes[1]) }

    private static func free(_ fragment: Fragment) {
        if case .body(let block, _, _) = fragment { MemoryBlock.free(block) }
    }

    /// Goes on with a packet that had begun.
    private mutating func resume(
        _ fragment: Fragment,
        _ block: borrowing MemoryBlock,
        from socket: Int32
    ) -> Arrival {
        let bytes = block.bytes
        switch fragment {
        case .header(let high):
            if bytes.isEmpty {
                fragments[socket] = fragment
                return .incomplete
            }
            let size = Int(high) << 8 | Int(bytes[0])
            let body = MemoryBlock.allocate(size)
            return fill(body, 0, size, from: socket, with: UnsafeRawBufferPointer(rebasing: bytes[1...]))
        case .body(let body, let received, let size):
            return fill(body, received, size, from: socket, with: bytes)
        }
    }

    /// Appends bytes to the body of a packet that had begun, and cuts what is left of them.
    private mutating func fill(
        _ body: UnsafeMutableRawPointer,
        _ received: Int,
        _ size: Int,
        from socket: Int32,
        with bytes: UnsafeRawBufferPointer
    ) -> Arrival {
        let taken = min(size - received, bytes.count)
        if let source = bytes.baseAddress { memcpy(body + received, source, taken) }
        if received + taken < size {
            fragments[socket] = .body(body, received: received + taken, size: size)
            return .incomplete
        }
        let packet = MemoryBlock(adopting: body, count: size)
        if taken == bytes.count { return .packet(packet) }
        ring.append(packet, from: socket)
        cut(UnsafeRawBufferPointer(rebasing: bytes[taken...]), from: socket)
        return .queued
    }

    /// Queues the packets in `bytes` and keeps the beginning of the last one, if it does not end there.
    private mutating func cut(_ bytes: UnsafeRawBufferPointer, from socket: Int32) {
        guard var position = bytes.baseAddress else { return }
        let end = position + bytes.count
        while end - position >= PacketAssembler.headerSize {
            let size = Int(UInt16(bigEndian: position.loadUnaligned(as: UInt16.self)))
            position += PacketAssembler.headerSize
            let body = MemoryBlock.allocate(size)
            if end - position < size {
                memcpy(body, position, end - position)
                fragments[socket] = .body(body, received: end - position, size: size)
                return
            }
            memcpy(body, position, size)
            position += size
            ring.append(MemoryBlock(adopting: body, count: size), from: socket)
        }
        if position < end { fragments[socket] = .header(position.load(as: UInt8.self)) }
    }
}
