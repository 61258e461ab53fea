// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import ServiceKernel
import Synchronization
import Testing

/// Whether a critical section is entered by two at once.
private final class OverlapCheck: Sendable {
    private let isOccupied = Atomic<Bool>(false)

    func enter() -> Bool { !isOccupied.exchange(true, ordering: .acquiringAndReleasing) }

    func leave() { isOccupied.store(false, ordering: .releasing) }
}

@Suite struct KernelDeliveryTests {
    @Test func `messages of one sender arrive in the order sent`() {
        let node = HandKernel()
        let service = node.launch()
        for session: Int32 in 1...500 { node.send(session, to: service) }
        node.run()
        #expect(service.sessions == Array(1...500))
    }

    @Test func `a message arrives as it was sent`() {
        let node = HandKernel()
        let service = node.launch()
        let source = ServiceHandle(rawValue: 0x77)
        let body = MemoryBlock(text: "body")
        let message = Message(type: .client, source: source, session: -5, payload: body)
        let isAccepted = node.kernel.send(message, to: service.handle, from: nil)
        #expect(isAccepted)
        node.run()
        let received = service.received.entries.first
        #expect(received?.type == .client)
        #expect(received?.source == source)
        #expect(received?.session == -5)
        #expect(received?.text == "body")
    }

    @Test func `a service runs on one thread at a time, and every sender's order is kept`() {
        let node = ThreadedKernel(workers: 4)
        let overlaps = Atomic<Int>(0)
        let services = (0..<4).map { _ in
            let check = OverlapCheck()
            return node.launch { _, _, _ in
                if !check.enter() { overlaps.add(1, ordering: .relaxed) }
                check.leave()
                return .finished
            }
        }
        let (kernel, targets) = (node.kernel, services.map(\.handle))
        onThreads(6) { sender in
            for session: Int32 in 1...500 {
                for target in targets {
                    let source = ServiceHandle(rawValue: UInt32(sender) + 100)
                    kernel.send(Message(type: .client, source: source, session: session), to: target, from: nil)
                }
            }
        }
        for service in services {
            let entries = service.received.wait(for: 3000)
            let bySender = Dictionary(grouping: entries, by: \.source).mapValues { $0.map(\.session) }
            #expect(bySender.count == 6)
            #expect(bySender.values.allSatisfy { $0 == Array(1...500) })
        }
        #expect(overlaps.load(ordering: .relaxed) == 0)
    }

    @Test func `services that answer each other on many workers lose nothing`() {
        let node = ThreadedKernel(workers: 3)
        let kernel = node.kernel
        let echo: TestService.Handler = { service, message, worker in
            if message.session > 0 {
                let answer = Message(type: .client, source: service.handle, session: message.session - 1)
                kernel.send(answer, to: message.source, from: worker)
            }
            return .finished
        }
        let left = (0..<8).map { _ in node.launch(receive: echo) }
        let right = (0..<8).map { _ in node.launch(receive: echo) }
        for (one, other) in zip(left, right) {
            kernel.send(Message(type: .client, source: one.handle, session: 999), to: other.handle, from: nil)
        }
        for (one, other) in zip(left, right) {
            #expect(other.received.wait(for: 500).map(\.session) == stride(from: 999, to: 0, by: -2).map(Int32.init))
            #expect(one.received.wait(for: 500).count == 500)
        }
    }

    @Test func `a message to a dead address is dropped, and the sender told`() {
        let node = HandKernel(harbor: 3)
        let message = Message(type: .client, source: .none, session: 9, payload: MemoryBlock(text: "lost"))
        let isAccepted = node.kernel.send(message, to: ServiceHandle(rawValue: 0x0300_0040), from: nil)
        #expect(!isAccepted)
        guard case .dropped(let received)? = node.observer.events.entries.first else {
            Issue.record("The message was not dropped.")
            return
        }
        #expect(received.session == 9)
        #expect(received.text == "lost")
    }

    @Test func `addresses of another node are dead here`() {
        let node = HandKernel(harbor: 3)
        let service = node.launch()
        #expect(service.handle.rawValue == 0x0300_0001)
        for raw: UInt32 in [0x0000_0001, 0x0400_0001, 0] {
            let handle = ServiceHandle(rawValue: raw)
            let message = Message(type: .client, source: .none, session: 1)
            let isAccepted = node.kernel.send(message, to: handle, from: nil)
            #expect(!isAccepted)
        }
        #expect(node.observer.dropped == [1, 1, 1])
    }

    @Test func `a long mailbox does not keep others from their turn`() {
        let node = HandKernel()
        let order = Journal<UInt32>()
        let note: TestService.Handler = { service, _, _ in
            order.note(service.handle.rawValue)
            return .finished
        }
        let (busy, other) = (node.launch(receive: note), node.launch(receive: note))
        for session: Int32 in 1...1000 { node.send(session, to: busy) }
        node.send(1, to: other)
        node.run()
        #expect(order.entries.count == 1001)
        #expect(order.entries.prefix(200).contains(other.handle.rawValue))
    }

    @Test func `a tap sees every message before the service does, until it is taken away`() {
        final class Tap: MessageTap {
            let seen = Journal<Int32>()
            func message(_ message: borrowing Message) { seen.note(message.session) }
        }
        let node = HandKernel()
        let tap = Tap()
        let service = node.launch { service, message, _ in
            #expect(message.session > 2 || tap.seen.entries.last == message.session)
            return .finished
        }
        #expect(node.kernel.tap(service.handle, with: tap))
        for session: Int32 in 1...2 { node.send(session, to: service) }
        node.run()
        #expect(node.kernel.tap(service.handle, with: nil))
        node.send(3, to: service)
        node.run()
        #expect(tap.seen.entries == [1, 2])
        #expect(service.sessions == [1, 2, 3])
        #expect(!node.kernel.tap(ServiceHandle(rawValue: 99), with: tap))
    }

    @Test func `more than 1024 waiting messages are reported, and again when they have doubled`() {
        let node = HandKernel()
        let kernel = node.kernel
        let service = node.launch { service, message, worker in
            guard message.type == .system else { return .finished }
            for _ in 0..<message.session {
                kernel.send(Message(type: .client, source: .none, session: 0), to: service.handle, from: worker)
            }
            return .finished
        }
        func flood(_ count: Int32) {
            node.send(count, to: service, type: .system)
            node.run()
        }
        flood(1025)
        #expect(node.observer.events.entries == [])
        flood(1026)
        flood(3000)
        #expect(
            node.observer.events.entries == [
                .overloaded(service.handle, 1025), .overloaded(service.handle, 2999),
            ]
        )
    }

    @Test func `figures tell what waits and what was handled`() {
        let node = HandKernel()
        let kernel = node.kernel
        let seen = Journal<[Int]>()
        let service = node.launch { service, _, _ in
            guard let figures = kernel.statistics(of: service.handle) else { return .finished }
            seen.note([figures.waiting, figures.messages])
            return .finished
        }
        for session: Int32 in 1...3 { node.send(session, to: service) }
        node.run()
        #expect(seen.entries == [[2, 1], [1, 2], [0, 3]])
        #expect(kernel.statistics(of: ServiceHandle(rawValue: 99)) == nil)
    }

    @Test func `senders hear when a mailbox is full, and when there is room again`() {
        let node = HandKernel()
        let kernel = node.kernel
        let service = node.launch()
        func deliver(_ session: Int32, bytes: Int) -> Kernel.Delivery {
            let payload = MemoryBlock(adopting: MemoryBlock.allocate(bytes), count: bytes)
            let message = Message(type: .client, source: .none, session: session, payload: payload)
            return kernel.deliver(message, to: service.handle, from: kernel.workers[0])
        }
        for session: Int32 in 1...4095 { #expect(deliver(session, bytes: 10) == .delivered) }
        #expect(!kernel.isFull(service.handle))
        #expect(deliver(4096, bytes: 10) == .deliveredToFull)
        #expect(deliver(4097, bytes: 10) == .deliveredToFull)
        #expect(kernel.isFull(service.handle))
        node.run()
        #expect(node.observer.events.entries.contains(.hasRoom(service.handle)))
        #expect(!kernel.isFull(service.handle))
        #expect(deliver(1, bytes: 128 << 10) == .deliveredToFull)
        node.run()
        #expect(node.observer.events.entries.filter { $0 == .hasRoom(service.handle) }.count == 2)
        #expect(service.sessions.count == 4098)
        kernel.retire(service.handle)
        #expect(deliver(1, bytes: 1) == .refused)
    }
}
