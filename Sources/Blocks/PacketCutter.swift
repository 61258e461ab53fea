// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Glibc

/// Cuts what one stream brings into packets, each in a block of its own.
///
/// It holds the beginning of at most one packet, and of that no more than has come, whatever a header announces.
public struct PacketCutter: ~Copyable, @unchecked Sendable {
    // Unchecked: the block of the fragment has one owner, which is this value.
    public let rules: PacketRules
    private var fragment = PacketFragment.none

    public init(_ rules: PacketRules) { self.rules = rules }

    deinit {
        var fragment = fragment
        fragment.discard()
    }

    /// Whether the stream ends, so far, within a packet.
    public var isWithinPacket: Bool { !fragment.isNone }

    /// Cuts the next whole packet off the front of `bytes`. Nil when there is none: then all of them have been taken.
    ///
    /// - Throws: for a packet that the rules do not allow. What follows has no meaning; the stream is to be given up.
    @inline(__always)
    public mutating func next(in bytes: inout UnsafeRawBufferPointer) throws(PacketError) -> MemoryBlock? {
        try rules.next(&fragment, in: &bytes)
    }
}

extension PacketRules {
    /// Whether bytes are one whole packet of an allowed size behind a header, and nothing else.
    @inlinable @inline(__always)
    public func isPacket(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard framing != .line, case .complete(let size, let length) = header(in: bytes) else { return false }
        return size == bytes.count - length && sizes ~= size
    }

    /// Makes the block that holds one whole packet the packet's own: the body moves to its start. Ask
    /// ``isPacket(_:)`` first.
    @inlinable @inline(__always)
    public func packet(in block: consuming MemoryBlock) -> MemoryBlock {
        guard case .complete(let size, let length) = header(in: block.bytes), let pointer = block.relinquish().pointer
        else {
            preconditionFailure("A packet was taken from a block that holds none.")
        }
        memmove(pointer, pointer + length, size)
        return MemoryBlock(adopting: pointer, count: size)
    }
}
