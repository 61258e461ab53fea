// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import DequeModule
internal import NIOCore

/// What was written to a channel and has not left, in order: first what was flushed, then what was not.
struct PendingWrites {
    private var writes = Deque<(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)>()
    /// How many of the writes may leave.
    private var flushed = 0
    private(set) var bytes = 0

    /// From this size on a write leaves by itself instead of being gathered with others.
    private static let gatheringLimit = 16 << 10

    var hasFlushed: Bool { flushed > 0 }

    mutating func append(_ bytes: ByteBuffer, _ promise: EventLoopPromise<Void>?) {
        writes.append((bytes, promise))
        self.bytes += bytes.readableBytes
    }

    mutating func flush() { flushed = writes.count }

    /// Shows the next bytes to leave, small ones gathered in `scratch`; to be called while something is flushed.
    func withNextBytes<Result>(
        gatheringIn scratch: UnsafeMutableRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        let first = writes[0].bytes
        if flushed == 1 || first.readableBytes >= Self.gatheringLimit {
            return first.withUnsafeReadableBytes(body)
        }
        var count = 0
        for write in writes.prefix(flushed) where count < scratch.count {
            write.bytes.withUnsafeReadableBytes { bytes in
                let taken = bytes.prefix(scratch.count - count)
                scratch[count...].copyBytes(from: taken)
                count += taken.count
            }
        }
        return body(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
    }

    /// Forgets so many bytes that have left. Answers the promises of the writes that are complete.
    mutating func advance(by count: Int) -> [EventLoopPromise<Void>] {
        var left = count
        var kept: [EventLoopPromise<Void>] = []
        bytes -= count
        while flushed > 0, writes[0].bytes.readableBytes <= left {
            left -= writes[0].bytes.readableBytes
            flushed -= 1
            if let promise = writes.removeFirst().promise { kept.append(promise) }
        }
        if left > 0 { writes[0].bytes.moveReaderIndex(forwardBy: left) }
        return kept
    }

    /// Forgets what was not flushed, or everything. Answers the promises that are broken by that.
    mutating func removeAll(alsoFlushed: Bool) -> [EventLoopPromise<Void>] {
        if alsoFlushed { flushed = 0 }
        let removed = writes[flushed...]
        bytes -= removed.reduce(0) { $0 + $1.bytes.readableBytes }
        let broken = removed.compactMap(\.promise)
        writes.removeLast(writes.count - flushed)
        return broken
    }
}
