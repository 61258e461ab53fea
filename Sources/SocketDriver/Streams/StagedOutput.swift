// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import NIOCore

/// What services sent to one socket since its loop last looked, in one buffer, with the borders of the messages.
///
/// The storage travels: a socket borrows it from its loop with the first send of a turn and the loop has it back after
/// the flush, so idle sockets hold none and busy ones allocate none.
struct StagedOutput: Sendable {
    private(set) var bytes: ByteBuffer
    private(set) var marks: [Mark] = []

    /// One message: its length and its list.
    struct Mark: Sendable {
        private let packed: Int
        init(count: Int, priority: SendPriority) { packed = count << 1 | (priority == .low ? 1 : 0) }
        var count: Int { packed >> 1 }
        var priority: SendPriority { packed & 1 == 1 ? .low : .high }
    }

    init() {
        bytes = ByteBufferAllocator().buffer(capacity: 512)
        marks.reserveCapacity(8)
    }

    mutating func append(_ message: UnsafeRawBufferPointer, priority: SendPriority) {
        bytes.writeBytes(message)
        marks.append(Mark(count: message.count, priority: priority))
    }

    /// Appends a message with something before and behind it.
    mutating func append(
        _ message: UnsafeRawBufferPointer,
        between borders: (before: PacketBorder, behind: PacketBorder),
        priority: SendPriority
    ) {
        borders.before.withUnsafeBytes { _ = bytes.writeBytes($0) }
        bytes.writeBytes(message)
        borders.behind.withUnsafeBytes { _ = bytes.writeBytes($0) }
        let count = borders.before.count + message.count + borders.behind.count
        marks.append(Mark(count: count, priority: priority))
    }

    /// Empties the storage; false when it has grown too large to be worth keeping.
    mutating func reset() -> Bool {
        guard bytes.capacity <= 256 << 10, marks.capacity <= 4096 else { return false }
        bytes.clear()
        marks.removeAll(keepingCapacity: true)
        return true
    }
}

extension ByteBuffer: OutboundBytes {
    var count: Int { readableBytes }

    func prefix(_ count: Int) -> ByteBuffer {
        guard let slice = getSlice(at: readerIndex, length: count) else {
            preconditionFailure("A prefix is not longer than its message.")
        }
        return slice
    }

    mutating func removePrefix(_ count: Int) {
        moveReaderIndex(forwardBy: count)
    }
}
