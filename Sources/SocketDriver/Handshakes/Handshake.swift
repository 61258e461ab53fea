// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What a connection has to pass before anybody talks on it: steps in order, under one deadline.
///
/// For a client it comes before ACCEPT: scripts hear of one that is ready to talk. Plain TCP has no steps.
struct Handshake: Sendable {
    enum Step: Sendable, Equatable {
        /// The header by which a proxy tells whom it speaks for.
        case proxyHeader
        case tls
        /// Protocol handlers have something to agree on with the peer: the upgrade of a WebSocket.
        case upgrade
    }

    /// What is to be done next.
    enum Verdict: Sendable, Equatable {
        case perform(Step)
        case ready
        case refuse(HandshakeRefusal)
        /// It is over already.
        case nothing
    }

    private var steps: ArraySlice<Step>
    private var isOver = false

    init(_ steps: [Step]) { self.steps = steps[...] }

    /// The step that is under way.
    var current: Step? { isOver ? nil : steps.first }

    mutating func begin() -> Verdict { next() }

    /// The current step has been passed.
    mutating func passed() -> Verdict {
        if isOver { return .nothing }
        _ = steps.popFirst()
        return next()
    }

    mutating func failed(_ reason: String) -> Verdict { end { .failed($0, reason) } }

    /// The time for all steps together is over.
    mutating func expired() -> Verdict { end { .tooSlow($0) } }

    /// The peer has gone.
    mutating func left() -> Verdict { end { .left($0) } }

    /// It ends for a reason that is not the step's own.
    mutating func abandoned(_ refusal: HandshakeRefusal) -> Verdict { end { _ in refusal } }

    private mutating func next() -> Verdict {
        if let step = steps.first { return .perform(step) }
        isOver = true
        return .ready
    }

    private mutating func end(_ refusal: (Step) -> HandshakeRefusal) -> Verdict {
        guard let step = current else { return .nothing }
        isOver = true
        return .refuse(refusal(step))
    }
}

/// Why a connection did not come to be ready.
public struct HandshakeRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// What can be counted.
    public enum Kind: String, Sendable, CaseIterable {
        case proxyHeader = "proxy header"
        case tls
        case upgrade
        /// It took longer than the handshake may take.
        case tooSlow = "too slow"
        /// The peer went away meanwhile.
        case left
        /// As many as allowed are in their handshake.
        case tooMany = "too many"
        /// The system refused.
        case system
    }

    public let kind: Kind
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    static func failed(_ step: Handshake.Step, _ reason: String) -> HandshakeRefusal {
        HandshakeRefusal(step.refusal, reason)
    }

    static func tooSlow(_ step: Handshake.Step) -> HandshakeRefusal {
        HandshakeRefusal(.tooSlow, "the \(step.refusal.rawValue) was not finished in time")
    }

    static func left(_ step: Handshake.Step) -> HandshakeRefusal {
        HandshakeRefusal(.left, "the peer left before the \(step.refusal.rawValue) was finished")
    }
}

extension Handshake.Step {
    fileprivate var refusal: HandshakeRefusal.Kind {
        switch self {
        case .proxyHeader: .proxyHeader
        case .tls: .tls
        case .upgrade: .upgrade
        }
    }
}
