// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks

/// Complete packets of all sockets, oldest first.
struct PacketRing: ~Copyable {
    private struct Slot {
        var socket: Int32
        var count: Int32
        var block: UnsafeMutableRawPointer?
    }

    private static let firstCapacity = 64

    // A power of two, so that positions wrap by masking.
    private var capacity = 0
    private var slots: UnsafeMutablePointer<Slot>?
    private var oldest = 0
    private(set) var count = 0

    deinit {
        for position in 0..<count {
            if let block = slots?[(oldest + position) & (capacity - 1)].block { MemoryBlock.free(block) }
        }
        slots?.deallocate()
    }

    @inline(__always)
    mutating func append(_ packet: consuming MemoryBlock, from socket: Int32) {
        if count == capacity { grow() }
        let (block, size) = packet.relinquish()
        slots?[(oldest + count) & (capacity - 1)] = Slot(socket: socket, count: Int32(size), block: block)
        count += 1
    }

    /// The socket of the oldest packet.
    @inline(__always)
    var first: Int32? { count == 0 ? nil : slots?[oldest].socket }

    /// Takes the oldest packet, which must be there.
    @inline(__always)
    mutating func removeFirst() -> MemoryBlock {
        guard count > 0, let slot = slots?[oldest] else {
            preconditionFailure("A packet was taken from an empty ring.")
        }
        oldest = (oldest + 1) & (capacity - 1)
        count -= 1
        return MemoryBlock(adopting: slot.block, count: Int(slot.count))
    }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<Slot>.allocate(capacity: max(capacity * 2, PacketRing.firstCapacity))
        for position in 0..<count {
            guard let slot = slots?[(oldest + position) & (capacity - 1)] else { break }
            (larger + position).initialize(to: slot)
        }
        slots?.deallocate()
        slots = larger
        capacity = max(capacity * 2, PacketRing.firstCapacity)
        oldest = 0
    }
}
