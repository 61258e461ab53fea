// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore

/// Messages of a peer that came with one read, on their way to their owner together: a message of the node for each of
/// them would cost more than everything else that is done for it.
struct JoinedMessages {
    /// A message that is alone goes as it came.
    private var first: ByteBuffer?
    /// All of them, each behind its length as `u16be`, as soon as there are two.
    private var joined = ByteBuffer()
    private var count = 0

    /// The bytes from which on more are not joined: what is read after them may be held back.
    private static let most = 64 << 10
    /// Room for a good many small messages.
    private static let room = 2048

    var isEmpty: Bool { count == 0 }

    var isFull: Bool { joined.readableBytes >= Self.most }

    /// - Parameter message: at most 65535 bytes.
    mutating func append(_ message: ByteBuffer) {
        count += 1
        if count == 1 {
            first = message
            return
        }
        if let first = first.take() {
            joined.reserveCapacity(first.readableBytes + message.readableBytes + Self.room)
            write(first)
        }
        write(message)
    }

    private mutating func write(_ message: ByteBuffer) {
        joined.writeInteger(UInt16(truncatingIfNeeded: message.readableBytes))
        joined.writeImmutableBuffer(message)
    }

    /// Gives all of them to their socket, and keeps no memory for the next.
    mutating func pass(to socket: StreamSocket) {
        let (first, joined, count) = (first, joined, count)
        self = JoinedMessages()
        if let first {
            first.withUnsafeReadableBytes { socket.received($0) }
        } else if count > 0 {
            joined.withUnsafeReadableBytes { socket.received(packets: $0, count: count) }
        }
    }
}
