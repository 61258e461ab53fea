// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// A thread that does nothing but hold a loop: for programs that run no services, which tests are.
package final class LoopHolder: Sendable {
    package let loop: SocketLoop
    private let isStopped = Atomic<Bool>(false)
    private let whenStopped = Mutex<(@Sendable () -> Void)?>(nil)

    package init(_ loop: SocketLoop) { self.loop = loop }

    /// Holds the loop on the calling thread until ``stop()``.
    package func hold() {
        loop.adopt()
        while !isStopped.load(ordering: .relaxed) { _ = loop.turn { .idle } }
        loop.resign()
        whenStopped.withLock { $0.take() }?()
    }

    /// Ends ``hold()``, and returns when it has ended.
    package func stop() async {
        await withCheckedContinuation { continuation in
            whenStopped.withLock { $0 = { continuation.resume() } }
            isStopped.store(true, ordering: .relaxed)
            loop.wakeWork(after: 0)
        }
    }

    /// Runs `task` on the loop, and returns when it has been run. What it asks of sockets is one turn's.
    package func finish(_ task: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            loop.run {
                let submissions = SubmissionQueue()
                submissions.activate()
                task()
                submissions.submit()
                SubmissionQueue.deactivate()
                continuation.resume()
            }
        }
    }
}
