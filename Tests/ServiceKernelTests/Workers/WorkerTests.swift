// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Synchronization
import Testing

@Suite struct WorkerTests {
    /// Keeps the thread for so long that a worker takes its queue for overloaded.
    private static func spin() {
        let until = KernelClock.nanoseconds + 700_000
        while KernelClock.nanoseconds < until {}
    }

    @Test func `a message wakes an idle worker once, further ones do not`() {
        let node = HandKernel()
        let service = node.launch()
        #expect(node.wakes == 0)
        for session: Int32 in 1...100 { node.send(session, to: service) }
        #expect(node.wakes == 1)
        node.run()
        #expect(service.sessions.count == 100)
        node.send(101, to: service)
        #expect(node.wakes == 2)
    }

    @Test func `what a turn makes ready runs in the same run, and wakes nobody`() {
        let node = HandKernel(workers: 4)
        let kernel = node.kernel
        let second = node.launch()
        let first = node.launch { _, _, worker in
            kernel.send(Message(type: .client, source: .none, session: 7), to: second.handle, from: worker)
            return .finished
        }
        node.send(1, to: first)
        _ = node.step()
        node.run()
        #expect(second.sessions == [7])
        #expect(node.wakes == 1)
    }

    @Test func `an idle node sleeps`() {
        let node = ThreadedKernel(workers: 2)
        let service = node.launch()
        node.kernel.send(Message(type: .client, source: .none, session: 1), to: service.handle, from: nil)
        node.kernel.startTimer(2, session: 2, for: service.handle, from: nil)
        service.received.wait(for: 2)
        let after = node.launch()
        node.kernel.startTimer(20, session: 1, for: after.handle, from: nil)
        let runs = node.threads.reduce(0) { $0 + $1.runs }
        after.received.wait(for: 1)
        // One run for the timer, and those that were still to end when the runs were counted.
        #expect(node.threads.reduce(0) { $0 + $1.runs } - runs <= 3)
    }

    @Test func `messages from outside are spread over the workers`() {
        let node = HandKernel(workers: 3)
        for _ in 0..<3 {
            let service = node.launch()
            node.kernel.send(Message(type: .client, source: .none, session: 1), to: service.handle, from: nil)
        }
        #expect(node.threads.map { $0.wakes.entries.count } == [1, 1, 1])
    }

    @Test func `an idle worker leaves alone what is not too much for another`() {
        let node = HandKernel(workers: 2)
        let service = node.launch()
        node.send(1, to: service)
        node.run(1)
        #expect(service.received.entries == [])
        node.run(0)
        #expect(service.sessions == [1])
    }

    @Test func `services of an overloaded worker are taken by an idle one`() {
        let node = HandKernel(workers: 2)
        let (kernel, wakes) = (node.kernel, node.threads[1].wakes)
        let seen = Journal<Int>()
        let waiting = node.launch { _, _, worker in
            seen.note(worker.index)
            return .finished
        }
        let other = node.threads[1].turns
        let stuck = node.launch { _, message, _ in
            if message.session == 1 { return .finished }
            while kernel.workers[1].run(on: other) == .more {}
            return .finished
        }
        let slow = node.launch { _, _, _ in
            Self.spin()
            return .finished
        }
        node.send(1, to: slow)
        node.send(2, to: stuck)
        node.send(3, to: waiting)
        node.run(0)
        #expect(wakes.entries == [0])
        #expect(seen.entries == [1])
    }

    @Test func `who has a message does not wait for services that are to be started, and they do not for ever`() {
        // A service that gets no processor for long looks as if it blocked, and its worker does not run it any more.
        let orders = (0..<20).lazy.map { _ in Self.orderOfStarts() }
        guard let order = orders.first(where: { $0.count >= 40 }) else {
            Issue.record("the machine is too busy")
            return
        }
        #expect(order.first == 0)
        // One for each run of the worker, although the other goes on.
        #expect(order.count { $0 == 1 } == 2 && !order.suffix(10).contains(1))
    }

    /// Runs a service that keeps itself busy, a 0 for each message, and two that are to be started, a 1 for each.
    private static func orderOfStarts() -> [Int] {
        let node = HandKernel()
        let kernel = node.kernel
        let order = Journal<Int>()
        let old = node.launch { service, _, worker in
            order.note(0)
            Self.spin()
            if order.entries.count < 40 {
                kernel.send(Message(type: .client, source: .none, session: 2), to: service.handle, from: worker)
            }
            return .finished
        }
        for _ in 0..<2 {
            _ = kernel.launch(on: kernel.workers[0]) { handle in
                kernel.send(Message(type: .client, source: .none, session: 1), to: handle, from: nil)
                let receive: TestService.Handler = { _, _, _ in
                    order.note(1)
                    return .finished
                }
                return TestService(handle, receive: receive)
            }
        }
        node.send(1, to: old)
        node.run()
        return order.entries
    }

    @Test func `a run gives the thread back although there is more to do`() {
        let node = HandKernel()
        let kernel = node.kernel
        let endless = node.launch { service, message, worker in
            if message.session == 0 { return .finished }
            kernel.send(Message(type: .client, source: .none, session: 1), to: service.handle, from: worker)
            return .finished
        }
        node.send(1, to: endless)
        #expect(node.step() == .more)
        #expect(node.step() == .more)
        kernel.retire(endless.handle)
        node.run()
        #expect(endless.retired.entries.count == 1)
    }

    @Test func `the thread that runs a service can be interrupted, others are not`() {
        let node = HandKernel(workers: 2)
        let kernel = node.kernel
        let service = node.launch { service, _, _ in
            kernel.interruptRunner(of: service.handle)
            kernel.interruptRunner(of: ServiceHandle(rawValue: 77))
            return .finished
        }
        kernel.interruptRunner(of: service.handle)
        node.send(1, to: service)
        node.run()
        #expect(node.threads.map { $0.interrupts } == [1, 0])
    }
}
