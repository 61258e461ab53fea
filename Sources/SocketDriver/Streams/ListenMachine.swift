// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The life of a listening socket.
struct ListenMachine: DescriptorMachine {
    enum Phase: UInt8 {
        /// Bound and listening; connections wait in the kernel for `start`.
        case waiting
        case accepting
        case closed
    }

    private(set) var phase = Phase.waiting
    /// Whether services want connections to be accepted.
    private(set) var isReading = false

    var isClosed: Bool { phase == .closed }

    /// One that was never started is none yet.
    static func isListed(_ phase: Phase) -> Bool { phase == .accepting }

    mutating func start(by owner: SocketOwner) -> [SocketAction] {
        switch phase {
        case .waiting:
            phase = .accepting
            isReading = true
            return [.adopt(owner), .announceConnected("start"), .resumeReading]
        case .accepting:
            isReading = true
            return [.resumeReading]
        case .closed:
            return [.refuse(owner, "invalid socket")]
        }
    }

    mutating func pause() -> [SocketAction] {
        guard phase != .closed, isReading else { return [] }
        isReading = false
        return [.stopReading]
    }

    /// `close` and `shutdown` do the same to a listener: it never has output.
    mutating func close() -> [SocketAction] {
        guard phase != .closed else { return [] }
        phase = .closed
        return [.announceClosed, .release]
    }

    /// The descriptor failed for good.
    mutating func failed(_ reason: String) -> [SocketAction] {
        guard phase != .closed else { return [] }
        phase = .closed
        return [.announceFailure(reason), .announceClosed, .release]
    }
}
