// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Who has a mailbox in hand. Decides; the caller acts.
///
///     starting → idle → queued → running → idle, or queued again
///     any of them, retired → one last turn → gone
public struct MailboxState: Sendable {
    private enum Phase {
        case starting, idle, queued, running
    }

    private var phase = Phase.starting
    public private(set) var isRetired = false

    public init() {}

    /// What the caller of a function must do next.
    public enum Action: Equatable, Sendable {
        case nothing
        /// Put the service at the tail of a run queue.
        case enqueue
        /// Take the message back: nobody will read it.
        case reject
        /// Clear the mailbox, release the service; it is not touched again.
        case retire
    }

    /// The service is made and can run; `waiting` says whether messages came before it was.
    public mutating func started(waiting: Bool) -> Action {
        precondition(phase == .starting, "A service was started twice.")
        phase = waiting || isRetired ? .queued : .idle
        return phase == .queued ? .enqueue : .nothing
    }

    /// A message was put in.
    @inline(__always)
    public mutating func delivered() -> Action {
        if isRetired { return .reject }
        if phase != .idle { return .nothing }
        phase = .queued
        return .enqueue
    }

    /// A worker took the service from a run queue.
    public mutating func began() {
        precondition(phase == .queued, "A service was run by two workers, or without being queued.")
        phase = .running
    }

    /// The worker is done for now; `more` says whether there is something left to do.
    public mutating func ended(more: Bool) -> Action {
        precondition(phase == .running, "A turn ended that had not begun.")
        if isRetired { return .retire }
        phase = more ? .queued : .idle
        return more ? .enqueue : .nothing
    }

    /// The service is to go. Its last turn clears up.
    public mutating func retire() -> Action {
        if isRetired { return .nothing }
        isRetired = true
        if phase != .idle { return .nothing }
        phase = .queued
        return .enqueue
    }
}
