// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Dispatch
import LuaRuntime
import ServiceKernel
import SocketDriver
import Synchronization

/// One thread of the pool.
final class LoopThread: Sendable {
    let submissions = SubmissionQueue()
    private let turns = Mutex<TurnThread?>(nil)
    private unowned let pool: LoopThreads
    private let kernel: Kernel
    private let assignment = Mutex<LoopThreads.Assignment?>(nil)
    private let signal = DispatchSemaphore(value: 0)

    init(pool: LoopThreads, kernel: Kernel) {
        self.pool = pool
        self.kernel = kernel
    }

    /// The service it runs, if it runs one.
    var service: ServiceHandle? { turns.withLock { $0 }?.service }

    /// A number for the message it has in hand; 0: none.
    var message: UInt64 { turns.withLock { $0 }?.message ?? 0 }

    /// From here on it counts how long the thread waits for a processor.
    func noteWait() { turns.withLock { $0 }?.noteWait() }

    func assign(_ next: LoopThreads.Assignment) {
        assignment.withLock { $0 = next }
        signal.signal()
    }

    /// False when the system has no more threads.
    func start() -> Bool { SystemThread.start("swiftgate-loop") { self.main() } }

    private func waitForAssignment() -> LoopThreads.Assignment {
        while true {
            signal.wait()
            if let next = assignment.withLock({ $0.take() }) { return next }
        }
    }

    private func main() {
        LuaThread.sliceTurns()
        let lua = LuaThread()
        let submissions = submissions
        let load = ProcessorWait()
        let turns = TurnThread(
            interrupt: { lua.interrupt() },
            submit: { submissions.submit() },
            waited: { load.nanoseconds }
        )
        kernel.add(turns)
        self.turns.withLock { $0 = turns }
        submissions.activate()
        var next: LoopThreads.Assignment? = waitForAssignment()
        while carryOut(next ?? waitForAssignment(), turns) { next = pool.next(self) }
        pool.ended(self)
    }

    /// False when the thread is to end.
    private func carryOut(_ assignment: LoopThreads.Assignment, _ turns: TurnThread) -> Bool {
        switch assignment {
        case .hold(let held):
            submissions.attach()
            return !hold(held, turns)
        case .runBlocking:
            // Nobody would come and carry out for a thread without a loop what it has collected when it got stuck.
            submissions.detach(ifStillAt: submissions.generation)
            turns.noteWait()
            _ = kernel.runBlocking(on: turns)
            return true
        case .end: return false
        }
    }

    /// Drives a loop until the node ends (true) or the loop is lost (false).
    private func hold(_ held: WorkerLoop, _ turns: TurnThread) -> Bool {
        turns.noteWait()
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
