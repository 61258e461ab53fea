// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Dispatch
import LuaRuntime
import ServiceKernel
import SocketDriver
import Synchronization

/// An event loop and the worker it is driven with: what one thread at a time holds.
final class WorkerLoop: WorkerHolder {
    let loop: SocketLoop
    let worker: Worker

    init(loop: SocketLoop, worker: Worker) {
        self.loop = loop
        self.worker = worker
        worker.drive(by: self)
    }

    func wake(after delay: UInt64) { loop.wakeWork(after: delay) }
}

/// The threads of a node: each loop is held by one, and spare ones adopt the loops of those that are stuck in a turn.
///
/// A turn that lasts too long and cannot be suspended (it blocks in C, or computes there) keeps its thread and loses its
/// loop: other clients go on with another thread. When such a turn ends at last, its thread becomes a spare.
final class LoopThreads: Sendable {
    private struct State {
        /// Which thread holds each loop.
        var holders: [LoopThread] = []
        /// Threads that lost their loop and are not back.
        var stuck: [LoopThread] = []
        var spares: [LoopThread] = []
        /// Threads that were started and have not ended.
        var living = 0
        var shortageIsLogged = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    let loops: [WorkerLoop]
    private let kernel: Kernel
    private let limit: Int
    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let isStopped = Atomic<Bool>(false)

    /// - Parameter limit: how many threads may be stuck at once.
    init(_ loops: [WorkerLoop], kernel: Kernel, limit: Int, log: @escaping @Sendable (String) -> Void) {
        self.loops = loops
        self.kernel = kernel
        self.limit = limit
        self.log = log
    }

    /// Gives each loop a thread.
    func start() {
        state.withLock { state in
            for index in loops.indices { state.holders.append(makeThread(for: index, &state)) }
        }
    }

    private func makeThread(for index: Int, _ state: inout State) -> LoopThread {
        let thread = LoopThread(pool: self, kernel: kernel)
        state.living += 1
        thread.assign(index)
        thread.start()
        return thread
    }

    // MARK: Takeover

    /// Gives a loop whose thread has been in `turn` for too long to a spare thread. False when the turn has ended, or
    /// when there is no thread left to give.
    func takeOver(_ worker: Worker, turn: UInt64) -> Bool {
        let (victim, shortage) = state.withLock { state -> (LoopThread?, String?) in
            guard state.stuck.count < limit else { return (nil, noteShortage(&state)) }
            guard worker.takeOver(turn) else { return (nil, nil) }
            let victim = state.holders[worker.index]
            state.stuck.append(victim)
            if let spare = state.spares.popLast() {
                state.holders[worker.index] = spare
                spare.assign(worker.index)
            } else {
                state.holders[worker.index] = makeThread(for: worker.index, &state)
            }
            return (victim, nil)
        }
        if let shortage { log(shortage) }
        // What the stuck service has sent before it got stuck leaves now.
        victim?.submissions.detach()
        return victim != nil
    }

    private func noteShortage(_ state: inout State) -> String? {
        if state.shortageIsLogged { return nil }
        state.shortageIsLogged = true
        let names = state.stuck.compactMap(\.service).map { ":" + String($0.rawValue, radix: 16) }
        return "No thread is left: \(limit) are blocked by the services \(names.joined(separator: ", "))"
    }

    /// Waits until there is a loop for a thread that has lost its own; nil when the node ends.
    fileprivate func park(_ thread: LoopThread) -> Int? {
        state.withLock { state in
            state.stuck.removeAll { $0 === thread }
            if state.stuck.count < limit { state.shortageIsLogged = false }
            state.spares.append(thread)
        }
        return thread.waitForAssignment()
    }

    /// The services whose turns have blocked their threads.
    var blockedServices: [ServiceHandle] { state.withLock { $0.stuck }.compactMap(\.service) }

    // MARK: The end

    var mustEnd: Bool { isStopped.load(ordering: .relaxed) }

    /// Lets all threads end; returns when they have, but for those that are stuck.
    func stop() async {
        isStopped.store(true, ordering: .sequentiallyConsistent)
        for loop in loops { loop.loop.wakeWork(after: 0) }
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                for spare in state.spares { spare.assign(nil) }
                state.waiting.append(continuation)
                return state.living <= state.stuck.count
            }
            if isDone { finish() }
        }
    }

    fileprivate func ended(_ thread: LoopThread) {
        let isDone = state.withLock { state in
            state.living -= 1
            return state.living <= state.stuck.count
        }
        if isDone { finish() }
    }

    private func finish() {
        for continuation in state.withLock({ exchange(&$0.waiting, with: []) }) { continuation.resume() }
    }
}

/// One thread of the pool.
final class LoopThread: Sendable {
    let submissions = SubmissionQueue()
    private let turns = Mutex<TurnThread?>(nil)
    private unowned let pool: LoopThreads
    private let kernel: Kernel
    /// What is to be held next; the outer optional is empty while that is not known, the inner one at the end.
    private let assignment = Mutex<Int??>(nil)
    private let signal = DispatchSemaphore(value: 0)

    init(pool: LoopThreads, kernel: Kernel) {
        self.pool = pool
        self.kernel = kernel
    }

    /// The service it runs, if it runs one.
    var service: ServiceHandle? { turns.withLock { $0 }?.service }

    func assign(_ index: Int?) {
        assignment.withLock { $0 = .some(index) }
        signal.signal()
    }

    func waitForAssignment() -> Int? {
        signal.wait()
        return assignment.withLock { $0.take() } ?? nil
    }

    func start() { SystemThread.start("swiftgate-loop") { self.main() } }

    private func main() {
        LuaThread.sliceTurns()
        let lua = LuaThread()
        let submissions = submissions
        let turns = TurnThread(interrupt: { lua.interrupt() }, submit: { submissions.submit() })
        kernel.add(turns)
        self.turns.withLock { $0 = turns }
        submissions.activate()
        var next = waitForAssignment()
        while let index = next {
            submissions.attach()
            next = hold(pool.loops[index], turns) ? nil : pool.park(self)
        }
        pool.ended(self)
    }

    /// Drives a loop until the node ends (true) or the loop is lost (false).
    private func hold(_ held: WorkerLoop, _ turns: TurnThread) -> Bool {
        held.loop.adopt()
        while !pool.mustEnd {
            let isHeld = held.loop.turn {
                switch held.worker.run(on: turns) {
                case .idle: .idle
                case .more: .more
                case .lost: .lost
                }
            }
            if !isHeld { return false }
        }
        held.loop.resign()
        return true
    }
}
