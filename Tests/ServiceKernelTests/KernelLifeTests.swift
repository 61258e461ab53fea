// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Testing

@Suite struct KernelLifeTests {
    private struct Refusal: Error {}

    private let unknownHandle = ServiceHandle(rawValue: 0x99)

    // MARK: - Launching

    @Test func `messages sent while a service is made wait for it, in order`() {
        let node = HandKernel()
        var service: TestService?
        let handle = node.kernel.launch { handle in
            for session: Int32 in 1...3 {
                let message = Message(type: .client, source: .none, session: session)
                let isAccepted = node.kernel.send(message, to: handle, from: nil)
                #expect(isAccepted)
            }
            node.run()
            let made = TestService(handle)
            service = made
            return made
        }
        #expect(handle?.rawValue == 1)
        #expect(service?.received.entries == [])
        node.run()
        #expect(service?.sessions == [1, 2, 3])
    }

    @Test func `a service that cannot be made leaves nothing behind`() {
        let node = HandKernel()
        let kernel = node.kernel
        let sender = node.launch()
        var address = ServiceHandle.none
        #expect(throws: Refusal.self) {
            _ = try kernel.launch { handle in
                address = handle
                #expect(kernel.bind("failing", to: handle))
                kernel.send(Message(type: .client, source: sender.handle, session: 4), to: handle, from: nil)
                throw Refusal()
            }
        }
        #expect(!kernel.exists(address))
        #expect(kernel.handle(named: "failing") == nil)
        #expect(node.observer.dropped == [4])
        node.run()
        #expect(sender.received.entries.map(\.type) == [.error])
        #expect(sender.received.entries.first?.source == address)
        #expect(sender.sessions == [4])
    }

    @Test func `a service retired while it is made is retired when it is`() {
        let node = HandKernel()
        var service: TestService?
        _ = node.kernel.launch { handle in
            #expect(node.kernel.retire(handle))
            let made = TestService(handle)
            service = made
            return made
        }
        node.run()
        #expect(service?.retired.entries.count == 1)
        #expect(node.kernel.handles == [])
    }

    // MARK: - Retiring

    @Test func `address and names of a retired service are gone at once`() {
        let node = HandKernel()
        let service = node.launch()
        #expect(node.kernel.bind("name", to: service.handle))
        #expect(node.kernel.exists(service.handle))
        #expect(node.kernel.retire(service.handle))
        #expect(!node.kernel.exists(service.handle))
        #expect(node.kernel.handle(named: "name") == nil)
        #expect(node.kernel.service(service.handle) == nil)
        #expect(!node.send(1, to: service))
        #expect(!node.kernel.retire(service.handle))
        #expect(service.retired.entries.isEmpty)
        node.run()
        #expect(service.retired.entries.count == 1)
    }

    @Test func `requests that wait for a retired service fail, also with session 0`() {
        let node = HandKernel()
        let caller = node.launch()
        let service = node.launch()
        for session: Int32 in [5, 0, 6] { node.send(session, to: service, from: caller.handle) }
        node.kernel.retire(service.handle)
        node.run()
        #expect(service.received.entries == [])
        #expect(caller.sessions == [5, 0, 6])
        #expect(caller.received.entries.allSatisfy { $0.type == .error && $0.source == service.handle })
        #expect(node.observer.dropped == [5, 0, 6])
    }

    @Test func `responses, errors and the kernel's own messages are not answered`() {
        let node = HandKernel()
        let caller = node.launch()
        let service = node.launch()
        node.send(1, to: service, from: caller.handle, type: .response)
        node.send(2, to: service, from: caller.handle, type: .error)
        node.send(3, to: service, from: .none)
        node.kernel.retire(service.handle)
        node.run()
        #expect(caller.received.entries == [])
        #expect(node.observer.dropped == [1, 2, 3])
    }

    @Test func `a service that retires itself finishes the message in hand and sees no other`() {
        let node = HandKernel()
        let kernel = node.kernel
        let caller = node.launch()
        let service = node.launch { service, message, worker in
            if message.session == 2 { kernel.retire(service.handle, from: worker) }
            return .finished
        }
        for session: Int32 in 1...5 { node.send(session, to: service, from: caller.handle) }
        node.run()
        #expect(service.sessions == [1, 2])
        #expect(caller.sessions == [3, 4, 5])
        #expect(service.retired.entries.count == 1)
    }

    @Test func `a service that reads to the end handles what came before it was retired`() {
        let node = HandKernel()
        let kernel = node.kernel
        let service = node.launch(readsToTheEnd: true) { service, message, worker in
            if message.session == 2 { kernel.retire(service.handle, from: worker) }
            #expect(service.retired.entries.isEmpty)
            return .finished
        }
        for session: Int32 in 1...300 { node.send(session, to: service, from: unknownHandle) }
        node.run()
        #expect(service.sessions == Array(1...300))
        #expect(service.retired.entries.count == 1)
        #expect(!node.send(301, to: service))
    }

    @Test func `two services that die at once do not answer each other for ever`() {
        let node = HandKernel()
        let (one, other) = (node.launch(), node.launch())
        for session: Int32 in 1...3 {
            node.send(session, to: one, from: other.handle)
            node.send(session, to: other, from: one.handle)
        }
        node.kernel.retireAll()
        node.run()
        #expect(one.retired.entries.count == 1)
        #expect(other.retired.entries.count == 1)
    }

    @Test func `the kernel is empty when the last service has read to the end, and not before`() {
        let node = HandKernel()
        let logger = node.launch(readsToTheEnd: true) { _, _, _ in .finished }
        let other = node.launch()
        let events = node.observer.events
        let third = node.launch { _, _, _ in
            #expect(events.entries == [])
            return .finished
        }
        node.send(1, to: logger)
        node.send(1, to: third)
        node.kernel.retireAll(last: [logger.handle])
        #expect(node.kernel.handles == [])
        #expect(node.observer.events.entries == [])
        while other.retired.entries.isEmpty { _ = node.step() }
        node.run()
        #expect(logger.sessions == [1])
        #expect(node.observer.events.entries.filter { $0 == .emptied }.count == 1)
        #expect(node.observer.events.entries.last == .emptied)
    }

    @Test func `a kernel without services says so when all are to be retired`() {
        let node = HandKernel()
        node.kernel.retireAll()
        #expect(node.observer.events.entries == [.emptied])
    }

    @Test func `services are retired in the order of their slots, but for the last`() {
        let node = HandKernel()
        let order = Journal<UInt32>()
        final class RetirementRecorder: Service {
            let handle: ServiceHandle
            let order: Journal<UInt32>
            init(_ handle: ServiceHandle, _ order: Journal<UInt32>) { (self.handle, self.order) = (handle, order) }
            func receive(_ message: consuming Message, on worker: Worker) -> TurnOutcome { .finished }
            func retire() { order.note(handle.rawValue) }
        }
        for _ in 0..<6 { _ = node.kernel.launch { RetirementRecorder($0, order) } }
        node.kernel.retireAll(last: [ServiceHandle(rawValue: 1)])
        node.run()
        #expect(order.entries == [2, 3, 4, 5, 6, 1])
    }

    @Test func `names are bound once, also to an address that does not exist`() {
        let node = HandKernel()
        #expect(node.kernel.bind("a", to: unknownHandle))
        #expect(!node.kernel.bind("a", to: ServiceHandle(rawValue: 1)))
        #expect(node.kernel.handle(named: "a") == unknownHandle)
    }
}
