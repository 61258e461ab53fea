// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// A thread that runs turns of services, seen from outside: what it has in hand, and how to reach into it.
///
/// One exists per thread for as long as the thread lives. A worker is driven by one such thread at a time; a thread that
/// lost its worker in the middle of a turn (see ``Worker/takeOver(_:)``) still shows here what it is stuck in.
public final class TurnThread: Sendable {
    /// The message in hand: the count of its service's messages above the service's handle. 0: nothing.
    let current = Atomic<UInt64>(0)
    private let interruption: @Sendable () -> Void
    private let submission: @Sendable () -> Void
    private let waiting: @Sendable () -> UInt64
    /// What `waiting` answered last.
    private let noted = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - interrupt: makes the thread notice a request left in the service it runs; any thread may call.
    ///   - submit: carries out what a turn asked of others and has collected; called on the thread itself, before the
    ///     turn is over and somebody else may run the service.
    ///   - waited: for how many nanoseconds the thread has waited for a processor in its life; any thread may call.
    public init(
        interrupt: @escaping @Sendable () -> Void,
        submit: @escaping @Sendable () -> Void,
        waited: @escaping @Sendable () -> UInt64 = { 0 }
    ) {
        interruption = interrupt
        submission = submit
        waiting = waited
    }

    /// The service whose message is in hand.
    public var service: ServiceHandle? {
        let current = current.load(ordering: .relaxed)
        return current == 0 ? nil : ServiceHandle(rawValue: UInt32(truncatingIfNeeded: current))
    }

    /// A number for the message in hand, which no other has for a long time; 0: none.
    public var message: UInt64 { current.load(ordering: .relaxed) }

    func interrupt() { interruption() }

    @inline(__always)
    func submit() { submission() }

    /// From here on it counts how long the thread waits for a processor; any thread may call.
    public func noteWait() { noted.store(waiting(), ordering: .relaxed) }

    /// For how many nanoseconds the thread has waited for a processor since it was last asked, or told to count.
    func takeWait() -> UInt64 {
        let now = waiting()
        let before = noted.exchange(now, ordering: .relaxed)
        return now > before ? now - before : 0
    }
}
