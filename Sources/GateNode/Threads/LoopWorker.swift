// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime
import NIOCore
import ServiceKernel
import Synchronization

/// Lends an event loop's thread to a worker: what sockets made ready runs before the loop waits again, on the thread
/// that read it, without waking anybody.
///
/// Unchecked: `timer` is touched on the loop only.
final class LoopWorker: WorkerThread, @unchecked Sendable {
    private let worker: Worker
    private let loop: any EventLoop
    private let thread: LuaThread
    private let isStopped = Atomic<Bool>(false)
    private var timer: Scheduled<Void>?
    // Made once: a closure for every wake-up would be an allocation for every packet of a lone client.
    private var run: @Sendable () -> Void = {}
    private var yieldToSockets: @Sendable () -> Void = {}

    /// Long enough that the loop does not find the task due before it has looked at its sockets.
    private static let pause = TimeAmount.microseconds(5)

    init(worker: Worker, loop: any EventLoop, thread: LuaThread) {
        self.worker = worker
        self.loop = loop
        self.thread = thread
        run = { [unowned self] in
            if worker.run() { loop.execute(yieldToSockets) }
        }
        // A loop runs all tasks that are due before it waits again, also those added meanwhile. A task in the near
        // future, added behind the tasks that flush output, lets it see to its sockets in between.
        yieldToSockets = { [unowned self] in _ = loop.scheduleTask(in: Self.pause, run) }
    }

    /// The loop is about to end, and there is nothing left to run.
    func stop() { isStopped.store(true, ordering: .relaxed) }

    func wake(after delay: UInt64) {
        if isStopped.load(ordering: .relaxed) { return }
        if delay == 0 {
            loop.execute(run)
        } else if loop.inEventLoop {
            arm(.nanoseconds(Int64(clamping: delay)))
        } else {
            loop.execute { self.arm(.nanoseconds(Int64(clamping: delay))) }
        }
    }

    private func arm(_ delay: TimeAmount) {
        timer?.cancel()
        timer = loop.scheduleTask(in: delay, run)
    }

    func interrupt() { thread.interrupt() }
}
