// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Dispatch
import Glibc
import ServiceKernel
import Synchronization

/// The thread that samples the turn monitor while services run, and sleeps while none does.
final class MonitorThread: Sendable {
    private let signal = DispatchSemaphore(value: 0)
    private let isStopped = Atomic<Bool>(false)

    func wake() { signal.signal() }

    func start(_ monitor: TurnMonitor) {
        DispatchQueue(label: Self.name).async {
            Self.nameThread()
            self.watch(monitor)
        }
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        signal.signal()
    }

    /// At most 15 bytes.
    private static let name = "swiftgate-watch"

    /// What `top` and debuggers call the calling thread; `pthread_setname_np` is none of the functions Swift sees.
    private static func nameThread() {
        guard let file = fopen("/proc/thread-self/comm", "w") else { return }
        fputs(name, file)
        fclose(file)
    }

    private func watch(_ monitor: TurnMonitor) {
        while true {
            signal.wait()
            repeat {
                if isStopped.load(ordering: .relaxed) { return }
                usleep(UInt32(TurnMonitor.period / 1000))
            } while monitor.sample(now: KernelClock.nanoseconds)
        }
    }
}
