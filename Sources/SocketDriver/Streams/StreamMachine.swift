// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The life of a stream socket: every input changes the state and says what has to be done.
struct StreamMachine {
    enum Phase: UInt8 {
        /// An outgoing connection is on its way.
        case connecting
        /// Accepted and not started: neither read nor written.
        case accepted
        case open
        /// The peer finished sending; writing still works.
        case peerFinished
        /// A write failed; reading still works.
        case writeFailed
        /// Closed by a service while output waits.
        case draining
        /// A descriptor of somebody else.
        case bound
        case closed
    }

    private(set) var phase: Phase
    /// Whether input is wanted. An accepted socket wants none before `start`.
    private(set) var isReading: Bool
    /// The end of the stream was seen while no input was wanted: it is told when reading resumes.
    private var endIsHeldBack = false
    /// One reset is one ERROR, whichever of read, write and hang-up notices it.
    private var failureIsTold = false
    private let hangUpIsFailure: Bool
    /// Draining ends only when the peer's system has everything, and what the peer sends meanwhile is thrown away:
    /// unread, it would make the system break the connection and drop what is still under way.
    private(set) var awaitsDelivery = false

    init(_ phase: Phase) {
        self.phase = phase
        self.isReading = phase != .accepted
        // The other end of a pipe just ends; only what a read or a write says about it is worth telling.
        self.hangUpIsFailure = phase != .bound
    }

    // MARK: What services ask

    mutating func start(by owner: SocketOwner) -> [SocketAction] {
        switch phase {
        case .closed:
            return [.refuse(owner, "invalid socket")]
        case .peerFinished, .draining:
            return [.refuse(owner, "socket closed")]
        case .accepted:
            phase = .open
            return [.adopt(owner), .announceConnected("start")] + resume()
        case .open:
            return [.adopt(owner), .announceConnected("transfer")] + resume()
        case .connecting, .bound, .writeFailed:
            return resume()
        }
    }

    private mutating func resume() -> [SocketAction] {
        isReading = true
        guard endIsHeldBack else { return [.resumeReading] }
        endIsHeldBack = false
        return [.resumeReading] + endOfStream()
    }

    mutating func pause() -> [SocketAction] {
        guard phase != .closed, isReading else { return [] }
        isReading = false
        return [.stopReading]
    }

    mutating func close(outputPending: Bool) -> [SocketAction] {
        switch phase {
        case .closed, .draining:
            return []
        case .peerFinished:
            phase = outputPending ? .draining : .closed
            return outputPending ? [] : [.release]
        case .writeFailed:
            phase = .closed
            return [.announceClosed, .release]
        case .connecting, .accepted, .open, .bound:
            phase = outputPending ? .draining : .closed
            isReading = false
            return outputPending ? [.stopReading, .announceClosed] : [.announceClosed, .release]
        }
    }

    /// The end of a node: as ``close(outputPending:)``, and the connection lasts until the peer's system has everything.
    mutating func drain(outputPending: Bool) -> [SocketAction] {
        guard outputPending else { return phase == .draining ? [] : close(outputPending: false) }
        switch phase {
        case .open, .peerFinished, .draining:
            let isTold = phase != .open
            phase = .draining
            isReading = true
            awaitsDelivery = true
            return isTold ? [.resumeReading] : [.announceClosed, .resumeReading]
        case .connecting, .accepted, .writeFailed, .bound, .closed:
            return close(outputPending: true)
        }
    }

    /// The peer's system has everything that was sent.
    mutating func delivered() -> [SocketAction] {
        guard awaitsDelivery, phase == .draining else { return [] }
        phase = .closed
        return [.release]
    }

    mutating func shutdown() -> [SocketAction] {
        defer { phase = .closed }
        switch phase {
        case .closed: return []
        case .peerFinished, .draining: return [.release]
        case .connecting, .accepted, .open, .writeFailed, .bound: return [.announceClosed, .release]
        }
    }

    // MARK: What the network says

    mutating func connected(to address: String) -> [SocketAction] {
        guard phase == .connecting else { return phase == .closed ? [.release] : [] }
        phase = .open
        return [.announceConnected(address), isReading ? .resumeReading : .stopReading]
    }

    mutating func connectFailed(_ reason: String) -> [SocketAction] {
        defer { phase = .closed }
        switch phase {
        case .connecting: return [.announceFailure(reason), .release]
        case .draining: return [.release]
        case .accepted, .open, .peerFinished, .writeFailed, .bound, .closed: return []
        }
    }

    /// The descriptor to be adopted is of no use.
    mutating func bindFailed(_ reason: String) -> [SocketAction] {
        guard phase == .bound else { return [] }
        phase = .closed
        return [.announceFailure(reason), .release]
    }

    mutating func endOfStream() -> [SocketAction] {
        switch phase {
        case .accepted, .open, .bound, .writeFailed:
            guard isReading else {
                endIsHeldBack = true
                return []
            }
            let writeSideIsDead = phase == .writeFailed
            phase = writeSideIsDead ? .closed : .peerFinished
            return writeSideIsDead ? [.announceClosed, .release] : [.announceClosed]
        case .connecting, .peerFinished, .draining, .closed:
            return []
        }
    }

    mutating func readFailed(_ reason: String) -> [SocketAction] {
        switch phase {
        case .accepted, .open, .bound, .peerFinished: tell(reason)
        case .connecting, .writeFailed, .draining, .closed: []
        }
    }

    mutating func writeFailed(_ reason: String) -> [SocketAction] {
        switch phase {
        case .open, .bound, .accepted:
            phase = .writeFailed
            return [.discardOutput] + tell(reason)
        case .peerFinished:
            phase = .closed
            return tell(reason) + [.release]
        case .draining:
            phase = .closed
            return [.release]
        case .connecting, .writeFailed, .closed:
            return []
        }
    }

    /// Both directions are gone and so is the descriptor.
    mutating func hungUp() -> [SocketAction] {
        defer { phase = .closed }
        switch phase {
        case .closed: return []
        case .bound, .writeFailed: return [.announceClosed, .release]
        case .accepted, .open: return tell("Connection reset by peer") + [.announceClosed, .release]
        // A reset that follows the peer's own end of stream is, to the kernel, a broken pipe.
        case .peerFinished: return (hangUpIsFailure ? tell("Broken pipe") : []) + [.release]
        case .connecting, .draining: return [.release]
        }
    }

    /// Nothing waits to be sent any more.
    mutating func drained() -> [SocketAction] {
        guard phase == .draining, !awaitsDelivery else { return [] }
        phase = .closed
        return [.release]
    }

    private mutating func tell(_ reason: String) -> [SocketAction] {
        if failureIsTold { return [] }
        failureIsTold = true
        return [.announceFailure(reason)]
    }
}
