// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// Whether a service is taken to block the thread that runs it.
///
/// It is when a worker was taken over in one of its turns, and no longer when so many of its turns in a row were short.
/// A service that relapses must be good for twice as long: each relapse costs the clients of a loop the patience of the
/// monitor.
struct BlockingMark: ~Copyable, Sendable {
    /// Short turns that are still to come; 0: not marked.
    private let left = Atomic<Int>(0)
    /// How many it takes, next time.
    private let length = Atomic<Int>(16)

    private static let longest = 4096
    /// Nanoseconds up to which a turn is short.
    private static let short: UInt64 = TurnMonitor.patience / 2

    @inline(__always)
    var isSet: Bool { left.load(ordering: .relaxed) > 0 }

    /// A worker was taken over in a turn of the service. Called by the monitor's thread only.
    func set() {
        let length = length.load(ordering: .relaxed)
        left.store(length, ordering: .relaxed)
        self.length.store(min(length * 2, Self.longest), ordering: .relaxed)
    }

    /// A turn of the marked service ends. For its runner.
    func turnEnded(after nanoseconds: UInt64) {
        if nanoseconds >= Self.short {
            left.store(length.load(ordering: .relaxed), ordering: .relaxed)
        } else if left.load(ordering: .relaxed) > 0 {
            left.subtract(1, ordering: .relaxed)
        }
    }
}
