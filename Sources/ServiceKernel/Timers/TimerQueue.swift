// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import HeapModule

/// What is due when: timers in the order of their ticks, and of their creation within a tick.
public struct TimerQueue: Sendable {
    public struct Timer: Equatable, Sendable {
        public let handle: ServiceHandle
        public let session: Int32

        public init(handle: ServiceHandle, session: Int32) {
            self.handle = handle
            self.session = session
        }
    }

    private var buckets: [UInt64: [Timer]] = [:]
    private var ticks = Heap<UInt64>()

    public init() {}

    /// The earliest tick with a timer.
    public var next: UInt64? { ticks.min }

    public mutating func add(_ timer: Timer, at tick: UInt64) {
        if buckets[tick]?.append(timer) == nil {
            buckets[tick] = [timer]
            ticks.insert(tick)
        }
    }

    /// Takes all timers of one tick that is due at `now`: call until it answers nil.
    public mutating func popDue(at now: UInt64) -> [Timer]? {
        guard let tick = ticks.min, tick <= now else { return nil }
        ticks.removeMin()
        return buckets.removeValue(forKey: tick)
    }
}
