// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import DequeModule

/// How a connection says that its peer has gone.
enum Disconnect: Sendable {
    case endOfStream
    case readFailed(String)
    case hungUp
}

/// Where the news that peers have gone waits, so that those who stay are heard in between.
///
/// Services do far more for one that leaves than for a packet. When thousands leave at once, a few are told of every
/// two milliseconds, fewer still while services are behind; whatever else the loop reads goes first. A lone disconnect
/// is told of at once, and there is a timer only while something waits. What has not been told has not happened: the
/// socket's machine learns of it when its turn has come, so services see nothing but a peer that left a little later.
///
/// For the holder of the loop.
final class DisconnectQueue {
    private unowned let loop: SocketLoop
    /// One queue for all sockets of the loop, so what one socket has to say stays in order.
    private var waiting = Deque<(socket: StreamSocket, disconnect: Disconnect)>()
    /// How many may still be told of before `batchEnds`.
    private var left = 0
    private var batchEnds: UInt64 = 0
    /// Whether those who are told have fallen behind.
    var isBehind: () -> Bool = { false }

    private static let pause: UInt64 = 2_000_000
    /// How many a batch holds while services keep up, and while they do not.
    private static let calmBatch = 8
    private static let busyBatch = 1
    /// A batch has one more for every so many that wait, so that the queue does not grow for ever.
    private static let surplus = 4096

    init(loop: SocketLoop) { self.loop = loop }

    func add(_ socket: StreamSocket, _ disconnect: Disconnect) {
        if waiting.isEmpty, mayPass() {
            socket.learn(disconnect)
        } else {
            waiting.append((socket, disconnect))
            if waiting.count == 1 { scheduleBatch() }
        }
    }

    /// Tells everything at once: the sockets are about to be closed, or their descriptors are needed.
    func tellAll() {
        while let next = waiting.popFirst() { next.socket.learn(next.disconnect) }
    }

    private func mayPass() -> Bool {
        let now = SystemCalls.clock()
        if now >= batchEnds { beginBatch(at: now) }
        left -= 1
        return left >= 0
    }

    private func beginBatch(at now: UInt64) {
        left = (isBehind() ? Self.busyBatch : Self.calmBatch) + waiting.count / Self.surplus
        batchEnds = now + Self.pause
    }

    private func scheduleBatch() {
        loop.schedule(after: Self.pause) { self.tellBatch() }
    }

    private func tellBatch() {
        beginBatch(at: SystemCalls.clock())
        while left > 0, let next = waiting.popFirst() {
            left -= 1
            next.socket.learn(next.disconnect)
        }
        if !waiting.isEmpty { scheduleBatch() }
    }
}
