// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Synchronization

/// A worker's holder that is the test itself: it only writes down that it was asked to run.
final class HandThread: WorkerHolder {
    let wakes = Journal<UInt64>()
    let turns: TurnThread
    private let counts = Counts()

    private final class Counts: Sendable {
        let interrupts = Atomic<Int>(0)
        let waited = Atomic<UInt64>(0)
        let submissions = Atomic<Int>(0)
    }

    init() {
        let counts = counts
        turns = TurnThread(
            interrupt: { counts.interrupts.add(1, ordering: .relaxed) },
            submit: { counts.submissions.add(1, ordering: .relaxed) },
            waited: { counts.waited.load(ordering: .relaxed) }
        )
    }

    /// How often the thread was interrupted.
    var interrupts: Int { counts.interrupts.load(ordering: .relaxed) }

    /// How often a turn had its requests carried out.
    var submissions: Int { counts.submissions.load(ordering: .relaxed) }

    /// The thread waits for a processor for so long.
    func waitForProcessor(nanoseconds: UInt64) { counts.waited.add(nanoseconds, ordering: .relaxed) }

    func wake(after delay: UInt64) { wakes.note(delay) }
}

/// A kernel whose workers run when the test says so, so that everything happens in one known order.
final class HandKernel: Sendable {
    let kernel: Kernel
    let observer = RecordingObserver()
    let monitorWakes = Journal<Void>()
    /// The turns of which the monitor said that they have lasted too long.
    let takeovers = Journal<UInt64>()
    /// How often threads without a worker were asked for.
    let spareWakes = Journal<Void>()
    let threads: [HandThread]

    init(workers: Int = 1, harbor: UInt8 = 0) {
        let wakes = monitorWakes
        let takeovers = takeovers
        let spareWakes = spareWakes
        kernel = Kernel(
            workers: workers,
            harbor: harbor,
            observer: observer,
            wakeMonitor: { wakes.note(()) },
            takeover: { worker, turn in
                takeovers.note(turn)
                return worker.takeOver(turn)
            },
            wakeSpare: { spareWakes.note(()) }
        )
        let kernel = kernel
        threads = kernel.workers.map { worker in
            let thread = HandThread()
            worker.drive(by: thread)
            kernel.add(thread.turns)
            return thread
        }
    }

    func launch() -> TestService { launch { _, _, _ in .finished } }

    func launch(retire: @escaping @Sendable () -> Void) -> TestService {
        launch(retire: retire) { _, _, _ in .finished }
    }

    func launch(
        readsToTheEnd: Bool = false,
        resume: @escaping @Sendable (TestService, Worker) -> TurnOutcome = { _, _ in .finished },
        retire: @escaping @Sendable () -> Void = {},
        receive: @escaping TestService.Handler
    ) -> TestService {
        var service: TestService?
        _ = kernel.launch(on: kernel.workers[0]) { handle in
            let made = TestService(
                handle,
                readsToTheEnd: readsToTheEnd,
                resume: resume,
                retire: retire,
                receive: receive
            )
            service = made
            return made
        }
        guard let service else { preconditionFailure("A kernel had no address for a service.") }
        return service
    }

    /// Sends an empty request from the first worker's thread.
    @discardableResult
    func send(
        _ session: Int32,
        to service: TestService,
        from source: ServiceHandle = .none,
        type: MessageType = .client
    ) -> Bool {
        kernel.send(Message(type: type, source: source, session: session), to: service.handle, from: kernel.workers[0])
    }

    /// Lets a worker run until it has nothing to do.
    func run(_ index: Int = 0) {
        while step(index) == .more {}
    }

    /// Lets a worker run once.
    func step(_ index: Int = 0) -> Worker.RunOutcome { kernel.workers[index].run(on: threads[index].turns) }

    /// How often workers were asked to run so far.
    var wakes: Int { threads.reduce(0) { $0 + $1.wakes.entries.count } }
}
