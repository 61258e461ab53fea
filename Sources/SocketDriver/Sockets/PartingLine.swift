// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore

/// How a channel says that its peer has gone.
enum Parting: Sendable {
    case endOfStream
    case readFailed(String)
    case hungUp
}

/// Where the news that peers have gone waits, so that those who stay are heard in between.
///
/// Services do far more for one that leaves than for a packet. When thousands leave at once, a few are told of every
/// two milliseconds, fewer still while services are behind; whatever else the loop reads goes first. A lone departure
/// is told of at once, and the line has a timer only while somebody stands in it. What has not been told has not
/// happened: the socket's machine learns of it when its turn has come, so services see nothing but a peer that left a
/// little later.
final class PartingLine {
    private let eventLoop: any EventLoop
    private let sink: any SocketEventSink
    /// One line for all sockets of the loop, so what one socket has to say stays in order.
    private var waiting = CircularBuffer<(socket: StreamSocket, parting: Parting)>()
    /// How many may still be told of before `lotEnds`.
    private var left = 0
    private var lotEnds = NIODeadline.uptimeNanoseconds(0)

    private static let pause = TimeAmount.milliseconds(2)
    /// How many a lot holds while services keep up, and while they do not.
    private static let calmLot = 8
    private static let busyLot = 1
    /// A lot has one more for every so many that wait, so that no line grows for ever.
    private static let crowd = 4096

    init(eventLoop: any EventLoop, sink: any SocketEventSink) {
        self.eventLoop = eventLoop
        self.sink = sink
    }

    func join(_ socket: StreamSocket, _ parting: Parting) {
        if waiting.isEmpty, mayPass() {
            socket.learn(parting)
        } else {
            waiting.append((socket, parting))
            if waiting.count == 1 { scheduleLot() }
        }
    }

    /// Tells everything at once: the sockets are about to be closed, or their descriptors are needed.
    func dissolve() {
        while let next = waiting.popFirst() { next.socket.learn(next.parting) }
    }

    private func mayPass() -> Bool {
        let now = NIODeadline.now()
        if now >= lotEnds { beginLot(at: now) }
        left -= 1
        return left >= 0
    }

    private func beginLot(at now: NIODeadline) {
        left = (sink.isBehind ? Self.busyLot : Self.calmLot) + waiting.count / Self.crowd
        lotEnds = now + Self.pause
    }

    private func scheduleLot() {
        eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.tellLot() }
    }

    private func tellLot() {
        beginLot(at: .now())
        while left > 0, let next = waiting.popFirst() {
            left -= 1
            next.socket.learn(next.parting)
        }
        if !waiting.isEmpty { scheduleLot() }
    }
}
