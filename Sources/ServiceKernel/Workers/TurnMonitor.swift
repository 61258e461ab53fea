// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// Watches over turns: fetches help for what waits behind a long one, and reports those that seem endless.
///
/// Suspending a long turn is not its business but that of whoever runs the code (Lua states are sliced by a timer of
/// their thread's CPU time). What it is for is code that cannot be suspended.
///
/// It is driven from outside like a worker: while services run, ``sample(now:)`` is to be called every
/// ``period``; when it answers false nothing has run for a while, and the thread may sleep until `wake` is called. An
/// idle node so has no timed wake-up.
public final class TurnMonitor: @unchecked Sendable {
    // Unchecked: all but the atomic belongs to the one thread that samples.
    private unowned let kernel: Kernel
    private let isAsleep = Atomic<Bool>(true)
    private let wake: @Sendable () -> Void

    private var seen: [UInt64]
    private var idleSamples = 0
    private var nextSweep: UInt64 = 0
    private var swept: Set<UInt64> = []
    private var version = 0

    /// Nanoseconds between two samples.
    public static let period: UInt64 = 50_000_000
    private static let sweepPeriod: UInt64 = 5_000_000_000
    private static let patience = 20

    init(kernel: Kernel, wake: @escaping @Sendable () -> Void) {
        self.kernel = kernel
        self.wake = wake
        seen = Array(repeating: 0, count: kernel.workers.count)
    }

    /// A worker begins to run.
    @inline(__always)
    func noteActivity() {
        if isAsleep.load(ordering: .relaxed), isAsleep.exchange(false, ordering: .relaxed) { wake() }
    }

    /// - Returns: false when the next sample is not due before `wake`.
    public func sample(now: UInt64) -> Bool {
        var isIdle = !kernel.hasSlowServices
        for (index, worker) in kernel.workers.enumerated() {
            let current = worker.current.load(ordering: .relaxed)
            if current != 0 {
                isIdle = false
                if current == seen[index] { worker.markCrowded() }
            }
            seen[index] = current
        }
        sweep(now)
        idleSamples = isIdle ? idleSamples + 1 : 0
        if idleSamples < Self.patience { return true }
        idleSamples = 0
        swept = []
        return stayAwake()
    }

    /// Falls asleep, unless a worker has begun that still saw the monitor awake.
    private func stayAwake() -> Bool {
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        if !kernel.isAwake { return false }
        isAsleep.store(false, ordering: .relaxed)
        return true
    }

    /// Every five seconds: what is in hand now and was then is taken to be endless.
    private func sweep(_ now: UInt64) {
        if now < nextSweep { return }
        nextSweep = now + Self.sweepPeriod
        version += 1
        let current = Set(seen).union(kernel.slowProgress).subtracting([0])
        for progress in current where swept.contains(progress) {
            kernel.reportEndless(ServiceHandle(rawValue: UInt32(truncatingIfNeeded: progress)), version: version)
        }
        swept = current
    }
}
