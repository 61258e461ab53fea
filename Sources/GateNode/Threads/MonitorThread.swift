// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Dispatch
import Glibc
import ServiceKernel
import Synchronization

/// The thread that samples the turn monitor while services run, and sleeps while none does; before it falls asleep it
/// gives memory back that many clients, or an attack, have left behind.
final class MonitorThread: Sendable {
    private let signal = DispatchSemaphore(value: 0)
    private let isStopped = Atomic<Bool>(false)

    func wake() { signal.signal() }

    func start(_ monitor: TurnMonitor, _ threads: LoopThreads) {
        let hasStarted = SystemThread.start("swiftgate-watch") { self.watch(monitor, threads) }
        precondition(hasStarted, "The system has no threads.")
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        signal.signal()
    }

    private func watch(_ monitor: TurnMonitor, _ threads: LoopThreads) {
        while true {
            signal.wait()
            while !isStopped.load(ordering: .relaxed), let pause = monitor.sample(now: KernelClock.nanoseconds) {
                threads.checkShortage(now: KernelClock.nanoseconds)
                usleep(UInt32(pause / 1000))
            }
            if isStopped.load(ordering: .relaxed) { return }
            // Nothing has run for a second.
            FreeMemory.giveBack()
        }
    }
}
