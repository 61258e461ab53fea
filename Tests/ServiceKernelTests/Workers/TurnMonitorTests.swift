// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Synchronization
import Testing

@Suite struct TurnMonitorTests {
    private static let sweep: UInt64 = 5_000_000_000

    /// Looks at the workers twice, so that the turn in hand counts as long.
    private static func findLong(_ kernel: Kernel) {
        _ = kernel.monitor.sample(now: 0)
        _ = kernel.monitor.sample(now: TurnMonitor.period)
    }

    @Test func `the next message of a service is a turn of its own`() {
        let node = HandKernel(workers: 2)
        let kernel = node.kernel
        let service = node.launch { _, _, _ in
            _ = kernel.monitor.sample(now: 0)
            return .finished
        }
        let waiting = node.launch { _, _, _ in .finished }
        for session: Int32 in 1...3 { node.send(session, to: service) }
        node.send(1, to: waiting)
        _ = node.step()
        #expect(node.threads[1].wakes.entries.isEmpty, "nobody is asked to help behind short turns")
    }

    @Test func `another worker resumes what was suspended, while the first goes on with others`() {
        let node = HandKernel(workers: 2)
        let kernel = node.kernel
        let long = node.launch { _, _, _ in
            Self.findLong(kernel)
            return .suspended
        }
        let helper = node.threads[1].turns
        let other = node.launch { _, _, _ in
            while kernel.workers[1].run(on: helper) == .more {}
            return .finished
        }
        for session: Int32 in 1...2 { node.send(session, to: long) }
        node.send(1, to: other)
        // The other service waits behind the long turn; worker 1 is asked for help and is not there yet.
        _ = node.step()
        #expect(node.threads[1].wakes.entries == [0])
        #expect(other.sessions == [1])
        #expect(long.resumed.entries.first == 1)
    }

    @Test func `a message goes on until it is finished, and the next comes after it`() {
        let node = HandKernel()
        let slice: @Sendable (TestService, Worker) -> TurnOutcome = { service, _ in
            #expect(service.received.entries.count == 1)
            return service.resumed.entries.count < 5 ? .suspended : .finished
        }
        let service = node.launch(resume: slice) { _, message, _ in message.session == 1 ? .suspended : .finished }
        for session: Int32 in 1...2 { node.send(session, to: service) }
        node.run()
        #expect(service.resumed.entries == [0, 0, 0, 0, 0])
        #expect(service.sessions == [1, 2])
    }

    @Test func `suspended services take turns`() {
        let node = HandKernel()
        let order = Journal<UInt32>()
        let slice: @Sendable (TestService, Worker) -> TurnOutcome = { service, _ in
            order.note(service.handle.rawValue)
            return service.resumed.entries.count < 3 ? .suspended : .finished
        }
        let services = (0..<2).map { _ in node.launch(resume: slice) { _, _, _ in .suspended } }
        for service in services { node.send(1, to: service) }
        node.run()
        #expect(order.entries == [1, 2, 1, 2, 1, 2])
    }

    @Test func `a suspended service that is retired is not resumed`() {
        let node = HandKernel()
        let kernel = node.kernel
        let caller = node.launch()
        let killer = node.launch { _, _, worker in
            kernel.retire(ServiceHandle(rawValue: 3), from: worker)
            return .finished
        }
        let service = node.launch { _, _, _ in .suspended }
        for session: Int32 in 1...2 { node.send(session, to: service, from: caller.handle) }
        node.send(1, to: killer)
        node.run()
        #expect(service.resumed.entries == [])
        #expect(service.retired.entries.count == 1)
        // The message in hand is not answered, the one that waited is.
        #expect(caller.sessions == [2])
    }

    @Test func `a message is endless when two sweeps find it, and at every sweep after`() {
        let node = HandKernel()
        let kernel = node.kernel
        let source = ServiceHandle(rawValue: 0x55)
        let events = node.observer.events
        let service = node.launch { service, _, _ in
            _ = kernel.monitor.sample(now: 1)
            _ = kernel.monitor.sample(now: Self.sweep)
            #expect(events.entries == [])
            #expect(!kernel.takeEndless(service.handle))
            _ = kernel.monitor.sample(now: Self.sweep + 1)
            #expect(events.entries == [.endless(source, service.handle, 2)])
            #expect(kernel.takeEndless(service.handle))
            #expect(!kernel.takeEndless(service.handle))
            _ = kernel.monitor.sample(now: 2 * Self.sweep + 1)
            return .finished
        }
        node.send(1, to: service, from: source)
        node.run()
        #expect(
            events.entries == [.endless(source, service.handle, 2), .endless(source, service.handle, 3)]
        )
        #expect(kernel.takeEndless(service.handle))
    }

    @Test func `a suspended message can be endless`() {
        let node = HandKernel(workers: 2)
        let kernel = node.kernel
        let slice: @Sendable (TestService, Worker) -> TurnOutcome = { service, _ in
            _ = kernel.monitor.sample(now: Self.sweep * UInt64(service.resumed.entries.count) + 1)
            return service.resumed.entries.count < 2 ? .suspended : .finished
        }
        let service = node.launch(resume: slice) { _, _, _ in
            _ = kernel.monitor.sample(now: 1)
            return .suspended
        }
        node.send(1, to: service)
        node.run()
        #expect(
            node.observer.events.entries == [.endless(.none, service.handle, 2), .endless(.none, service.handle, 3)]
        )
    }

    @Test func `a service that is handed many messages is not endless`() {
        let node = HandKernel()
        let kernel = node.kernel
        let service = node.launch { _, message, _ in
            _ = kernel.monitor.sample(now: Self.sweep * UInt64(message.session))
            return .finished
        }
        for session: Int32 in 1...5 { node.send(session, to: service) }
        node.run()
        #expect(node.observer.events.entries == [])
    }

    @Test func `the monitor sleeps when nothing runs, and is woken once when something does`() {
        let node = HandKernel()
        let monitor: TurnMonitor = node.kernel.monitor
        let service = node.launch()
        node.send(1, to: service)
        #expect(node.monitorWakes.entries.isEmpty)
        node.run()
        #expect(node.monitorWakes.entries.count == 1)
        var samples: UInt64 = 0
        while monitor.sample(now: samples * TurnMonitor.period) != nil { samples += 1 }
        #expect(samples * TurnMonitor.period <= 2_000_000_000)
        for session: Int32 in 1...3 {
            node.send(session, to: service)
            node.run()
        }
        #expect(node.monitorWakes.entries.count == 2)
    }

    @Test func `the monitor does not fall asleep over a worker that is about to run`() {
        let node = HandKernel()
        let monitor: TurnMonitor = node.kernel.monitor
        let service = node.launch()
        node.send(1, to: service)
        for sample: UInt64 in 0..<1000 { #expect(monitor.sample(now: sample) != nil) }
        node.run()
        var samples: UInt64 = 0
        while monitor.sample(now: 0) != nil { samples += 1 }
        #expect(samples <= 400)
    }
}
