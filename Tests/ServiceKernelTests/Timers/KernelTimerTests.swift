// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Testing

@Suite struct KernelTimerTests {
    @Test func `a timer without delay goes behind what is queued already`() {
        let node = HandKernel()
        let service = node.launch()
        node.send(1, to: service)
        node.kernel.startTimer(0, session: 2, for: service.handle, from: node.kernel.workers[0])
        node.send(3, to: service)
        node.kernel.startTimer(-7, session: 4, for: service.handle, from: node.kernel.workers[0])
        node.send(5, to: service)
        node.run()
        #expect(service.sessions == [1, 2, 3, 4, 5])
        let timer = service.received.entries[1]
        #expect(timer.type == .response)
        #expect(timer.source == .none)
        #expect(timer.text == "")
    }

    @Test func `timers of one tick come in the order of their creation`() {
        let node = ThreadedKernel(workers: 2)
        let service = node.launch()
        for session: Int32 in 1...300 {
            node.kernel.startTimer(2, session: session, for: service.handle, from: nil)
        }
        #expect(service.received.wait(for: 300).map(\.session) == Array(1...300))
    }

    @Test func `the earlier timer comes first, though it was created later`() {
        let node = ThreadedKernel(workers: 2)
        let service = node.launch()
        // Far apart, because a machine under load may be slow between two of them.
        for ticks in [100, 60, 20] {
            node.kernel.startTimer(ticks, session: Int32(ticks), for: service.handle, from: nil)
        }
        #expect(service.received.wait(for: 3).map(\.session) == [20, 60, 100])
    }

    @Test func `ticks that were missed are caught up with in order`() {
        let node = HandKernel()
        let worker = node.kernel.workers[0]
        let service = node.launch()
        for ticks in [30, 20, 10, 20, 30] {
            node.kernel.startTimer(ticks, session: Int32(ticks), for: service.handle, from: worker)
        }
        let last = node.kernel.clock.now + 31
        while node.kernel.clock.now < last {}
        node.run()
        #expect(service.sessions.sorted() == service.sessions)
        #expect(service.sessions.count == 5)
    }

    @Test func `a timer is never more than a tick early`() {
        let node = ThreadedKernel(workers: 1)
        let service = node.launch()
        let began = KernelClock.nanoseconds
        node.kernel.startTimer(3, session: 1, for: service.handle, from: nil)
        service.received.wait(for: 1)
        #expect(KernelClock.nanoseconds - began > 2 * KernelClock.tick)
    }

    @Test func `a timer of a retired service is dropped`() {
        let node = ThreadedKernel(workers: 1)
        let (mortal, other) = (node.launch(), node.launch())
        node.kernel.startTimer(30, session: 1, for: mortal.handle, from: nil)
        node.kernel.startTimer(31, session: 2, for: other.handle, from: nil)
        node.kernel.retire(mortal.handle)
        other.received.wait(for: 1)
        #expect(mortal.received.entries == [])
    }

    @Test func `only a timer that is the earliest asks to be woken for`() {
        let node = HandKernel()
        let worker = node.kernel.workers[0]
        let service = node.launch()
        for ticks in [100, 200, 100, 50] {
            node.kernel.startTimer(ticks, session: 1, for: service.handle, from: worker)
        }
        let delays = node.threads[0].wakes.entries
        #expect(delays.count == 2)
        #expect(delays.allSatisfy { $0 > 0 })
        #expect(delays[1] < delays[0])
    }

    @Test func `the longest delay is possible`() {
        let node = HandKernel()
        let service = node.launch()
        node.kernel.startTimer(Int(Int32.max), session: 1, for: service.handle, from: nil)
        #expect(node.threads[0].wakes.entries.count == 1)
        node.run()
        #expect(service.received.entries == [])
    }
}
