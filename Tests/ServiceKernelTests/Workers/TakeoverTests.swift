// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Synchronization
import Testing

@Suite struct TakeoverTests {
    /// The monitor finds the same turn again after so long.
    private static func findStuck(_ kernel: Kernel, from now: UInt64 = 1, after: UInt64 = TurnMonitor.turnLimit) {
        _ = kernel.monitor.sample(now: now)
        _ = kernel.monitor.sample(now: now + after)
    }

    /// Keeps the thread for so long that a service is taken to block.
    private static func block() {
        let until = KernelClock.nanoseconds + 51_000_000
        while KernelClock.nanoseconds < until {}
    }

    /// A service that is marked: its first message, of session 1, kept the thread for long.
    private static func blocker(in node: HandKernel, _ receive: @escaping TestService.Handler) -> TestService {
        let service = node.launch { service, message, worker in
            if message.session == 1 { block() }
            return receive(service, message, worker)
        }
        node.send(1, to: service)
        node.run()
        return service
    }

    @Test func `a worker that is taken over during a turn is lost to its thread`() {
        let node = HandKernel()
        let kernel = node.kernel
        let other = node.launch()
        let stuck = node.launch { _, _, _ in
            Self.findStuck(kernel)
            return .finished
        }
        node.send(1, to: stuck)
        node.send(1, to: other)
        #expect(node.step() == .lost)
        #expect(node.takeovers.entries.count == 1)
        #expect(other.sessions == [], "whoever lost the worker runs nothing more of it")
        node.run()
        #expect(other.sessions == [1])
    }

    @Test func `a turn that ends before it is taken over keeps its worker`() {
        let node = HandKernel()
        let kernel = node.kernel
        let service = node.launch { _, _, _ in
            _ = kernel.monitor.sample(now: 1)
            return .finished
        }
        node.send(1, to: service)
        #expect(node.step() != .lost)
        _ = kernel.monitor.sample(now: 1 + TurnMonitor.turnLimit)
        #expect(node.takeovers.entries == [])
        node.send(2, to: service)
        #expect(node.step() != .lost)
        #expect(service.sessions == [1, 2])
    }

    @Test func `a number of a turn that has ended takes nothing over`() {
        let node = HandKernel()
        let kernel = node.kernel
        let service = node.launch { _, _, _ in
            Self.findStuck(kernel)
            return .finished
        }
        node.send(1, to: service)
        #expect(node.step() == .lost)
        for turn in node.takeovers.entries { #expect(!kernel.workers[0].takeOver(turn)) }
    }

    @Test func `the service of a lost turn goes on once, in order, on one thread at a time`() {
        let node = HandKernel()
        let kernel = node.kernel
        let second = HandThread()
        let service = node.launch { service, message, _ in
            guard message.session == 1 else { return .finished }
            Self.findStuck(kernel)
            // The new holder runs, and leaves the service that is in hand alone.
            for session: Int32 in 2...5 { node.send(session, to: service) }
            while kernel.workers[0].run(on: second.turns) == .more {}
            #expect(service.sessions == [1])
            return .finished
        }
        node.send(1, to: service)
        #expect(node.step() == .lost)
        while kernel.workers[0].run(on: second.turns) == .more {}
        #expect(service.sessions == [1, 2, 3, 4, 5])
    }

    @Test func `what a turn asked for is carried out before the service may be run again`() {
        let node = HandKernel()
        let kernel = node.kernel
        let second = HandThread()
        let submitted = Journal<[Int32]>()
        let service = node.launch { _, message, _ in
            if message.session == 1 { Self.findStuck(kernel) }
            return .finished
        }
        let first = TurnThread(
            interrupt: {},
            submit: {
                node.send(2, to: service)
                while kernel.workers[0].run(on: second.turns) == .more {}
                submitted.note(service.sessions)
            }
        )
        node.send(1, to: service)
        #expect(kernel.workers[0].run(on: first) == .lost)
        while kernel.workers[0].run(on: second.turns) == .more {}
        #expect(submitted.entries == [[1]])
        #expect(service.sessions == [1, 2])
    }

    @Test func `a release that blocks loses the worker, and the others are released elsewhere`() {
        let node = HandKernel()
        let kernel = node.kernel
        let services = (0..<3).map { index in
            node.launch(retire: { if index == 0 { Self.findStuck(kernel) } })
        }
        for service in services { kernel.retire(service.handle) }
        while true {
            let outcome = node.step()
            if outcome == .lost { break }
            #expect(outcome == .more)
        }
        #expect(node.spareWakes.entries.count == 1)
        node.run()
        #expect(services.map { $0.retired.entries.count } == [1, 0, 0])
        let spare = HandThread()
        while kernel.runBlocking(on: spare.turns) {}
        #expect(services.map { $0.retired.entries.count } == [1, 1, 1])
        #expect(node.observer.events.entries == [.emptied])
        // From then on workers do it again.
        let late = node.launch()
        kernel.retire(late.handle)
        node.run()
        #expect(late.retired.entries.count == 1)
    }

    @Test func `services that are stuck at once are taken over sooner`() {
        let node = HandKernel()
        let kernel = node.kernel
        let now = Atomic<UInt64>(1)
        let stuck: TestService.Handler = { service, _, _ in
            let began = now.load(ordering: .relaxed)
            let before = node.takeovers.entries.count
            _ = kernel.monitor.sample(now: began)
            var passed: UInt64 = 0
            while node.takeovers.entries.count == before {
                passed += 500_000
                _ = kernel.monitor.sample(now: began + passed)
            }
            now.store(began + passed, ordering: .relaxed)
            service.resumed.note(Int(passed))
            return .finished
        }
        let services = (0..<3).map { _ in node.launch(receive: stuck) }
        for service in services {
            node.send(1, to: service)
            #expect(node.step() == .lost)
        }
        #expect(services.map { $0.resumed.entries[0] } == [8_000_000, 500_000, 500_000])
    }

    // MARK: Services that block

    @Test func `a service that has blocked for long is not run by workers`() {
        let node = HandKernel()
        let kernel = node.kernel
        let service = Self.blocker(in: node) { _, _, _ in .finished }
        for session: Int32 in 2...4 { node.send(session, to: service) }
        node.run()
        #expect(service.sessions == [1])
        #expect(node.spareWakes.entries.count == 1)
        #expect(kernel.blockingDemand == .urgent && kernel.isAwake)
        #expect(kernel.runBlocking(on: node.threads[0].turns))
        #expect(!kernel.runBlocking(on: node.threads[0].turns))
        #expect(service.sessions == [1, 2, 3, 4])
        #expect(kernel.blockingDemand == .none)
        node.run()
        #expect(!kernel.isAwake)
    }

    @Test func `a turn does not age while others have the processor`() {
        let node = HandKernel()
        let thread = node.threads[0]
        let service = node.launch { _, message, _ in
            if message.session == 1 { thread.waitForProcessor(nanoseconds: 1_000_000_000) }
            if message.session % 2 == 1 { Self.block() }
            return .finished
        }
        for session: Int32 in 1...4 {
            node.send(session, to: service)
            node.run()
        }
        // The first was not marked; the third was, since the wait before it is not its own.
        #expect(service.sessions == [1, 2, 3])
    }

    @Test func `a service that relapses is patient, and comes after those that have not`() {
        let node = HandKernel()
        let kernel = node.kernel
        let thread = node.threads[0].turns
        let old = Self.blocker(in: node) { _, _, _ in .finished }
        node.send(1, to: old)
        _ = kernel.runBlocking(on: thread)
        node.send(2, to: old)
        #expect(kernel.blockingDemand == .patient)
        let new = Self.blocker(in: node) { _, _, _ in .finished }
        node.send(2, to: new)
        #expect(kernel.blockingDemand == .urgent)
        _ = kernel.runBlocking(on: thread)
        #expect(new.sessions == [1, 2] && old.sessions == [1, 1])
        _ = kernel.runBlocking(on: thread)
        #expect(old.sessions == [1, 1, 2])
    }

    @Test func `a service whose turns are short again goes back to workers`() {
        let node = HandKernel()
        let service = Self.blocker(in: node) { _, _, _ in .finished }
        var turns: Int32 = 0
        while turns < 100 {
            turns += 1
            node.send(turns + 1, to: service)
            if !node.kernel.runBlocking(on: node.threads[0].turns) { break }
        }
        #expect(turns == 17)
        node.run()
        #expect(service.sessions == Array(1...18))
    }

    @Test func `a marked service may be suspended, goes on where it was, and can be retired`() {
        let node = HandKernel()
        let kernel = node.kernel
        let service = node.launch(
            resume: { service, _ in service.resumed.entries.count < 3 ? .suspended : .finished },
            receive: { _, message, _ in
                if message.session == 1 { Self.block() }
                return message.session == 1 ? .finished : .suspended
            }
        )
        node.send(1, to: service)
        node.run()
        for session: Int32 in 2...3 { node.send(session, to: service) }
        _ = kernel.runBlocking(on: node.threads[0].turns)
        for _ in 0..<3 { _ = kernel.runBlocking(on: node.threads[0].turns) }
        #expect(service.resumed.entries.count == 3)
        #expect(service.sessions == [1, 2, 3])
        kernel.retire(service.handle)
        while kernel.runBlocking(on: node.threads[0].turns) {}
        node.run()
        #expect(service.retired.entries.count == 1)
    }

    @Test func `a service that is retired on a thread without a worker wakes one to be released`() {
        let node = HandKernel()
        let kernel = node.kernel
        let service = Self.blocker(in: node) { service, message, _ in
            if message.session == 2 { kernel.retire(service.handle) }
            return .finished
        }
        node.send(2, to: service)
        let wakes = node.wakes
        _ = kernel.runBlocking(on: HandThread().turns)
        #expect(node.wakes == wakes + 1)
        node.run()
        #expect(service.retired.entries.count == 1)
    }

    @Test(arguments: [TurnOutcome.suspended, .finished])
    func `what is left to do after a lost turn wakes a worker`(outcome: TurnOutcome) {
        let node = HandKernel()
        let kernel = node.kernel
        let second = HandThread()
        let service = node.launch { service, _, _ in
            Self.findStuck(kernel)
            while kernel.workers[0].run(on: second.turns) == .more {}
            if outcome == .finished { kernel.retire(service.handle) }
            return outcome
        }
        node.send(1, to: service)
        let wakes = node.wakes
        #expect(node.step() == .lost)
        #expect(node.wakes == wakes + 1)
        while kernel.workers[0].run(on: second.turns) == .more {}
        #expect(service.resumed.entries.count + service.retired.entries.count == 1)
    }

    @Test func `a mailbox of many messages is cleared in pieces`() {
        let node = HandKernel()
        let caller = node.launch()
        let service = node.launch()
        for session: Int32 in 1...5000 { node.send(session, to: service, from: caller.handle) }
        node.kernel.retire(service.handle)
        node.run()
        #expect(caller.sessions == Array(1...5000))
        #expect(service.retired.entries.count == 1 && service.sessions == [])
    }
}
