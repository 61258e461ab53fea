// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// Whether a service is taken to block the thread that runs it.
///
/// It is after a turn that nothing suspended and that took really long, and no longer when so many of its turns in a row
/// were short. A service that relapses must be good for twice as long, since each relapse costs the clients of a loop
/// the turn limit of the monitor; after a while all is forgotten.
///
/// While others have the processor a turn does not age (see ``TurnThread/takeWait()``), as far as the system tells. The
/// first time may be a mistake all the same: so only services that have relapsed wait in line when all threads are
/// blocked.
///
/// Any thread may look at it; only the runner of the service changes it.
struct BlockingMark: ~Copyable, Sendable {
    /// Short turns that are still to come; 0: not marked.
    private let left = Atomic<Int>(0)
    private let length = Atomic<Int>(0)
    private let lastSet = Atomic<UInt64>(0)

    /// Nanoseconds from which on a turn is long.
    static let long: UInt64 = 50_000_000
    /// Nanoseconds up to which a turn is short.
    private static let short: UInt64 = TurnMonitor.turnLimit / 2
    private static let shortest = 16
    private static let longest = 4096
    /// Nanoseconds after which a mark is forgotten.
    private static let memory: UInt64 = 60_000_000_000

    @inline(__always)
    var isSet: Bool { left.load(ordering: .relaxed) > 0 }

    var hasRelapsed: Bool { length.load(ordering: .relaxed) > Self.shortest }

    /// A turn ends.
    @inline(__always)
    func turnEnded(after nanoseconds: UInt64, isSuspended: Bool) {
        if nanoseconds >= Self.long || isSet { judge(nanoseconds, isSuspended) }
    }

    private func judge(_ nanoseconds: UInt64, _ isSuspended: Bool) {
        if nanoseconds < Self.short {
            left.subtract(1, ordering: .relaxed)
        } else if nanoseconds >= Self.long, !isSuspended {
            let now = KernelClock.nanoseconds
            let last = length.load(ordering: .relaxed)
            let isForgotten = last == 0 || now - lastSet.load(ordering: .relaxed) > Self.memory
            let next = isForgotten ? Self.shortest : min(last * 2, Self.longest)
            length.store(next, ordering: .relaxed)
            lastSet.store(now, ordering: .relaxed)
            left.store(next, ordering: .relaxed)
        }
    }
}
