// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import ServiceKernel

/// Drives a worker from a thread of its own, which sleeps until it is woken or a timer is due.
final class DrivenThread: WorkerHolder, @unchecked Sendable {
    // Unchecked: the variables are touched with the condition locked.
    private let condition = NSCondition()
    private var isWanted = false
    private var isStopped = false
    private var hasEnded = false
    private var due: UInt64?
    private var runCount = 0

    init(_ worker: Worker) {
        worker.drive(by: self)
        let turns = TurnThread(interrupt: {}, submit: {})
        let thread = Thread { [self] in
            while waitForWork() {
                if worker.run(on: turns) == .more { wake(after: 0) }
            }
            end()
        }
        thread.start()
    }

    /// How often the worker was run.
    var runs: Int { locked { runCount } }

    func wake(after delay: UInt64) {
        locked {
            if delay == 0 { isWanted = true } else { due = KernelClock.nanoseconds + delay }
            condition.broadcast()
        }
    }

    /// Returns when the thread will not touch the worker again.
    func stop() {
        condition.lock()
        isStopped = true
        condition.broadcast()
        while !hasEnded { condition.wait() }
        condition.unlock()
    }

    private func waitForWork() -> Bool {
        condition.lock()
        defer { condition.unlock() }
        while !isStopped {
            if isWanted || takeDue() {
                isWanted = false
                runCount += 1
                return true
            }
            if let due {
                let seconds = Double(Int64(due) - Int64(KernelClock.nanoseconds)) / 1e9
                _ = condition.wait(until: Date(timeIntervalSinceNow: max(seconds, 0)))
            } else {
                condition.wait()
            }
        }
        return false
    }

    private func takeDue() -> Bool {
        guard let due, due <= KernelClock.nanoseconds else { return false }
        self.due = nil
        return true
    }

    private func end() {
        locked {
            hasEnded = true
            condition.broadcast()
        }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        condition.lock()
        defer { condition.unlock() }
        return body()
    }
}

/// A kernel with a real thread for each worker.
final class ThreadedKernel {
    let kernel: Kernel
    let observer = RecordingObserver()
    let threads: [DrivenThread]

    init(workers: Int) {
        kernel = Kernel(workers: workers, harbor: 0, observer: observer, wakeMonitor: {})
        threads = kernel.workers.map(DrivenThread.init)
    }

    deinit {
        for thread in threads { thread.stop() }
    }

    func launch() -> TestService { launch { _, _, _ in .finished } }

    func launch(
        resume: @escaping @Sendable (TestService, Worker) -> TurnOutcome = { _, _ in .finished },
        receive: @escaping TestService.Handler
    ) -> TestService {
        var service: TestService?
        _ = kernel.launch { handle in
            let made = TestService(handle, resume: resume, receive: receive)
            service = made
            return made
        }
        guard let service else { preconditionFailure("A kernel had no address for a service.") }
        return service
    }
}

/// Runs work on threads of its own, all at once, and returns when all are done.
func onThreads(_ count: Int, _ work: @escaping @Sendable (Int) -> Void) {
    let done = Journal<Int>()
    for index in 0..<count {
        Thread {
            work(index)
            done.note(index)
        }.start()
    }
    _ = done.wait(for: count)
}
