// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The life of a datagram socket: it is usable from the first moment and simply ends.
struct DatagramMachine: DescriptorMachine {
    enum Phase: UInt8 {
        case open
        case closed
    }

    private(set) var phase = Phase.open
    private(set) var isReading = true

    var isClosed: Bool { phase == .closed }

    static func isListed(_ phase: Phase) -> Bool { phase == .open }

    mutating func start(by owner: SocketOwner) -> [SocketAction] {
        guard phase == .open else { return [.refuse(owner, "invalid socket")] }
        isReading = true
        return [.adopt(owner), .announceConnected("transfer"), .resumeReading]
    }

    mutating func pause() -> [SocketAction] {
        guard phase == .open, isReading else { return [] }
        isReading = false
        return [.stopReading]
    }

    /// `close` and `shutdown` do the same: datagrams that the system took are on their way already.
    mutating func close() -> [SocketAction] {
        guard phase == .open else { return [] }
        phase = .closed
        return [.announceClosed, .release]
    }

    /// Receiving failed for good; no CLOSE follows.
    mutating func failed(_ reason: String) -> [SocketAction] {
        guard phase == .open else { return [] }
        phase = .closed
        return [.announceFailure(reason), .release]
    }
}
