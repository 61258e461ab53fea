// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Who has said that the connection ends, and what there is to do about it.
struct ClosingHandshake {
    enum Action: Equatable {
        case nothing
        /// Send a close frame, and wait for the peer's.
        case send(WebSocketCloseCode)
        /// Send the second of two close frames.
        case answer(WebSocketCloseCode?)
        /// The second of two close frames has come.
        case finish
        /// Send a close frame, and do not wait.
        case fail(WebSocketCloseCode)
        /// There is nothing left to wait for.
        case end
    }

    private enum Phase { case open, waiting, over }

    private var phase = Phase.open

    /// Whether frames may still be sent.
    var isOpen: Bool { phase == .open }

    /// This side wants to end.
    mutating func asked(_ code: WebSocketCloseCode) -> Action {
        switch phase {
        case .open:
            phase = .waiting
            return .send(code)
        case .waiting: return .nothing
        case .over: return .end
        }
    }

    /// A close frame has come, with this code or none.
    mutating func peerClosed(_ code: WebSocketCloseCode?) -> Action {
        switch phase {
        case .open:
            phase = .over
            return .answer(code)
        case .waiting:
            phase = .over
            return .finish
        case .over: return .nothing
        }
    }

    /// The peer has broken a rule: it is told, and not waited for.
    mutating func violated(_ violation: WebSocketViolation) -> Action {
        switch phase {
        case .open:
            phase = .over
            return .fail(violation.code)
        case .waiting:
            phase = .over
            return .end
        case .over: return .nothing
        }
    }
}
