// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// Watches over turns: takes the worker from a thread that is stuck in one, and reports those that seem endless.
///
/// Suspending a long turn is not its business but that of whoever runs the code (Lua states are sliced by a timer of
/// their thread's CPU time). What it is for is code that cannot be suspended: it keeps its thread and loses its worker,
/// which another thread then drives.
///
/// It is driven from outside like a worker: while services run, ``sample(now:)`` is to be called every
/// ``period``; when it answers false nothing has run for a while, and the thread may sleep until `wake` is called. An
/// idle node so has no timed wake-up.
public final class TurnMonitor: @unchecked Sendable {
    // Unchecked: all but the atomic belongs to the one thread that samples.
    private unowned let kernel: Kernel
    private let isAsleep = Atomic<Bool>(true)
    private let wake: @Sendable () -> Void
    private let takeover: @Sendable (Worker, UInt64) -> Bool

    /// For each worker the turn seen last, and since when it has been the same.
    private var seen: [(turn: UInt64, since: UInt64)]
    private var lastTakeover: UInt64 = 0
    private var takeoversInRow = 0
    private var idleSamples = 0
    private var nextSweep: UInt64 = 0
    private var swept: Set<UInt64> = []
    private var version = 0

    /// Nanoseconds between two samples.
    public static let period: UInt64 = 4_000_000
    /// Nanoseconds a turn may last before its thread loses the worker.
    public static let turnLimit: UInt64 = 8_000_000
    /// The same soon after a takeover: several services that are stuck at once must not add up.
    private static let shortTurnLimit: UInt64 = 500_000
    private static let shortLimitLasts: UInt64 = 100_000_000
    /// Takeovers in a row that are made with the short limit. Turns that compute are not to have all processors.
    private static let shortTakeovers = 16
    private static let sweepPeriod: UInt64 = 5_000_000_000
    /// Samples without work before the thread may sleep: a second.
    private static let idleSamples = Int(1_000_000_000 / period)

    init(
        kernel: Kernel,
        wake: @escaping @Sendable () -> Void,
        takeover: @escaping @Sendable (Worker, UInt64) -> Bool
    ) {
        self.kernel = kernel
        self.wake = wake
        self.takeover = takeover
        seen = Array(repeating: (0, 0), count: kernel.workers.count)
    }

    /// A worker begins to run.
    @inline(__always)
    func noteActivity() {
        if isAsleep.load(ordering: .relaxed), isAsleep.exchange(false, ordering: .relaxed) { wake() }
    }

    /// - Returns: nanoseconds until the next sample is due, nil when none is before `wake`.
    public func sample(now: UInt64) -> UInt64? {
        var isIdle = !kernel.hasSuspended
        for worker in kernel.workers where !look(at: worker, now) { isIdle = false }
        let progress = kernel.progress
        if !progress.isEmpty { isIdle = false }
        sweep(now, progress)
        kernel.wakeReaper()
        idleSamples = isIdle ? idleSamples + 1 : 0
        if idleSamples < Self.idleSamples { return usesShortLimit(now) ? Self.shortTurnLimit : Self.period }
        idleSamples = 0
        swept = []
        return stayAwake() ? Self.period : nil
    }

    /// Answers whether the worker is idle.
    private func look(at worker: Worker, _ now: UInt64) -> Bool {
        guard let turn = worker.turnInHand else { return !worker.isAwake.load(ordering: .relaxed) }
        if seen[worker.index].turn != turn {
            seen[worker.index] = (turn, now)
            return false
        }
        let lasted = now - seen[worker.index].since
        if lasted >= Self.period / 2 { worker.markOverloaded() }
        let limit = usesShortLimit(now) ? Self.shortTurnLimit : Self.turnLimit
        if lasted >= limit, takeover(worker, turn) { noteTakeover(now) }
        return false
    }

    private func noteTakeover(_ now: UInt64) {
        takeoversInRow = hasJustTakenOver(now) ? takeoversInRow + 1 : 1
        lastTakeover = now
    }

    private func usesShortLimit(_ now: UInt64) -> Bool { hasJustTakenOver(now) && takeoversInRow < Self.shortTakeovers }

    private func hasJustTakenOver(_ now: UInt64) -> Bool {
        lastTakeover != 0 && now - lastTakeover < Self.shortLimitLasts
    }

    /// Falls asleep, unless a worker has begun that still saw the monitor awake.
    private func stayAwake() -> Bool {
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        if !kernel.isAwake { return false }
        isAsleep.store(false, ordering: .relaxed)
        return true
    }

    /// Every five seconds: what is in hand now and was then is taken to be endless.
    private func sweep(_ now: UInt64, _ progress: [UInt64]) {
        if now < nextSweep { return }
        nextSweep = now + Self.sweepPeriod
        version += 1
        let current = Set(progress)
        for progress in current where swept.contains(progress) {
            kernel.reportEndless(ServiceHandle(rawValue: UInt32(truncatingIfNeeded: progress)), version: version)
        }
        swept = current
    }
}
