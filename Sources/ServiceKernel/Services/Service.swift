// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// How a service left a message.
public enum TurnOutcome: Sendable {
    case finished
    /// It took long and was suspended; ``Service/resume(on:)`` goes on with the message later.
    case suspended
}

/// One party of the node: it receives messages, one at a time.
///
/// The kernel calls ``receive(_:on:)``, ``resume(on:)`` and ``retire()`` from one thread at a time, though not always
/// the same.
public protocol Service: AnyObject, Sendable {
    /// Handles a message, with `worker`'s thread as the current one.
    func receive(_ message: consuming Message, on worker: Worker) -> TurnOutcome

    /// Goes on with a suspended message.
    func resume(on worker: Worker) -> TurnOutcome

    /// The last call: nothing will be received any more; resources are released now.
    func retire()

    /// Whether messages that came before the service was retired are still handled, rather than refused.
    var readsToTheEnd: Bool { get }
}

extension Service {
    /// For services that never suspend.
    public func resume(on worker: Worker) -> TurnOutcome { .finished }

    public var readsToTheEnd: Bool { false }
}
