// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// Runs tests on threads of their own, as many as there are tests that wait.
///
/// Clients in tests wait in system calls, for seconds. On the few threads of the machine that all tests share, two of them
/// would keep every other test from going on in time, or from ever ending.
final class OwnThreads: TaskExecutor, @unchecked Sendable {
    // Unchecked: the variables are touched with the condition locked.
    static let shared = OwnThreads()

    private let condition = NSCondition()
    private var jobs: [UnownedJob] = []
    private var idle = 0

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.lock()
        jobs.append(job)
        if jobs.count > idle {
            Thread { self.work() }.start()
        } else {
            condition.signal()
        }
        condition.unlock()
    }

    private func work() {
        while true { next().runSynchronously(on: asUnownedTaskExecutor()) }
    }

    private func next() -> UnownedJob {
        condition.lock()
        defer { condition.unlock() }
        idle += 1
        while jobs.isEmpty { condition.wait() }
        idle -= 1
        return jobs.removeFirst()
    }
}

/// The tests of a suite run on ``OwnThreads``.
struct OnOwnThreads: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(OwnThreads.shared, operation: function)
    }
}

extension Trait where Self == OnOwnThreads {
    static var onOwnThreads: Self { Self() }
}
