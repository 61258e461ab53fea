// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaServices
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
///
/// The rules, all under one lock:
///
/// * A loop is adopted by another thread whenever its own is stuck, up to ``ceiling`` threads without a loop: whoever is
///   stuck for the first time could not be known to.
/// * A service that was stuck for long is not run by a loop's thread any more (see ``BlockingQueue``) but by a spare
///   one. Those that were again and again get `limit` threads at a time and wait in line for them, and loops go on.
/// * So while services that block are ready, `limit` threads are busy, or one is on its way: whoever makes one ready
///   asks for a thread after it has put it in line, and whoever ends a turn looks for the next under the lock.
final class LoopThreads: Sendable {
    private struct State {
        /// Which thread holds each loop.
        var holders: [LoopThread] = []
        /// Threads without a loop that have a turn.
        var blocked: [LoopThread] = []
        var spares: [LoopThread] = []
        /// Threads that were started and have not ended.
        var living = 0
        /// Since when as many threads are blocked as run services that block, in nanoseconds.
        var shortSince: UInt64?
        /// What they had in hand then.
        var messages: Set<UInt64> = []
        var shortageIsLogged = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// What a thread does next.
    enum Assignment {
        case hold(WorkerLoop)
        case runBlocking
        case end
    }

    let loops: [WorkerLoop]
    private let kernel: Kernel
    private let limit: Int
    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let isStopped = Atomic<Bool>(false)

    /// How many threads there are at most besides those of the loops and the `limit`.
    private static let reserve = 64
    /// Nanoseconds that a shortage lasts until the log tells of it.
    private static let shortageDelay: UInt64 = 500_000_000

    /// - Parameter limit: how many threads run services that block.
    init(_ loops: [WorkerLoop], kernel: Kernel, limit: Int, log: @escaping @Sendable (String) -> Void) {
        self.loops = loops
        self.kernel = kernel
        self.limit = limit
        self.log = log
    }

    /// Gives each loop a thread.
    func start() {
        state.withLock { state in
            for loop in loops {
                guard let thread = spare(&state) else { preconditionFailure("The system has no threads.") }
                thread.assign(.hold(loop))
                state.holders.append(thread)
            }
        }
    }

    /// A thread that waits for its assignment; nil when the system has no more.
    private func spare(_ state: inout State) -> LoopThread? {
        if let spare = state.spares.popLast() { return spare }
        let thread = LoopThread(pool: self, kernel: kernel)
        guard thread.start() else { return nil }
        state.living += 1
        return thread
    }

    // MARK: Takeover

    /// Gives a loop whose thread has been in `turn` for too long to a spare thread. False when the turn has ended, or
    /// when there is no thread left to give.
    func takeOver(_ worker: Worker, turn: UInt64) -> Bool {
        let detach = state.withLock { state -> (() -> Void)? in
            guard state.blocked.count < limit + Self.reserve, let spare = spare(&state) else { return nil }
            guard worker.takeOver(turn) else {
                state.spares.append(spare)
                return nil
            }
            let blocked = state.holders[worker.index]
            let generation = blocked.submissions.generation
            state.blocked.append(blocked)
            noteLoad(&state)
            state.holders[worker.index] = spare
            spare.assign(.hold(loops[worker.index]))
            return {
                blocked.noteWait()
                blocked.submissions.detach(ifStillAt: generation)
            }
        }
        // What the stuck service has sent before it got stuck leaves now.
        detach?()
        return detach != nil
    }

    /// A service that blocks is ready: a spare thread sees to it, if one may.
    func runBlocking() {
        state.withLock { state in
            guard mayRunBlocking(state), let thread = spare(&state) else { return }
            state.blocked.append(thread)
            noteLoad(&state)
            thread.assign(.runBlocking)
        }
    }

    /// What a thread does that has lost its loop or has ended a turn without one; nil: it is a spare.
    func next(_ thread: LoopThread) -> Assignment? {
        state.withLock { state in
            state.blocked.removeAll { $0 === thread }
            if mayRunBlocking(state) {
                state.blocked.append(thread)
                return .runBlocking
            }
            noteLoad(&state)
            state.spares.append(thread)
            return mustEnd ? .end : nil
        }
    }

    private func mayRunBlocking(_ state: borrowing State) -> Bool {
        switch kernel.blockingDemand {
        case .none: false
        case .patient: state.blocked.count < limit
        case .urgent: state.blocked.count < limit + Self.reserve
        }
    }

    // MARK: Shortage

    private func noteLoad(_ state: inout State) {
        if state.blocked.count < limit {
            state.shortSince = nil
            state.shortageIsLogged = false
        } else if state.shortSince == nil {
            beginShortage(&state, KernelClock.nanoseconds)
        }
    }

    private func beginShortage(_ state: inout State, _ now: UInt64) {
        state.shortSince = now
        state.messages = Set(state.blocked.map(\.message))
    }

    /// Tells the log once when as many threads as there are for services that block have been stuck for a while, so that
    /// others have to wait. Called again and again while anything runs.
    func checkShortage(now: UInt64) {
        let stuck = state.withLock { state -> [ServiceHandle]? in
            guard let since = state.shortSince, now > since, now - since >= Self.shortageDelay else { return nil }
            let stuck = state.blocked.filter { $0.message != 0 && state.messages.contains($0.message) }
            beginShortage(&state, now)
            if state.shortageIsLogged || stuck.count < limit { return nil }
            state.shortageIsLogged = true
            return stuck.compactMap(\.service)
        }
        guard let stuck else { return }
        let names = stuck.map { AddressText.padded($0) }.joined(separator: ", ")
        let others = "services that have blocked again and again wait for them (blocked_threads = \(limit))"
        log("swiftgate: \(stuck.count) threads are blocked by the services \(names); \(others)")
    }

    /// The services whose turns keep threads without a loop.
    var blockedServices: [ServiceHandle] { state.withLock { $0.blocked }.compactMap(\.service) }

    // MARK: The end

    var mustEnd: Bool { isStopped.load(ordering: .relaxed) }

    /// Lets all threads end; returns when they have, but for those that are stuck.
    func stop() async {
        isStopped.store(true, ordering: .sequentiallyConsistent)
        for loop in loops { loop.loop.wakeWork(after: 0) }
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                for spare in state.spares { spare.assign(.end) }
                state.waiting.append(continuation)
                return state.living <= state.blocked.count
            }
            if isDone { finish() }
        }
    }

    func ended(_ thread: LoopThread) {
        let isDone = state.withLock { state in
            state.living -= 1
            return state.living <= state.blocked.count
        }
        if isDone { finish() }
    }

    private func finish() {
        for continuation in state.withLock({ exchange(&$0.waiting, with: []) }) { continuation.resume() }
    }
}
