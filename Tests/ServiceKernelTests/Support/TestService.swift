// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import ServiceKernel
import Synchronization

/// A message's head and text, to keep.
struct Received: Equatable, Sendable {
    let type: MessageType
    let source: ServiceHandle
    let session: Int32
    let text: String

    init(_ message: borrowing Message) {
        type = message.type
        source = message.source
        session = message.session
        text = String(decoding: message.payload.bytes, as: UTF8.self)
    }
}

/// A service made of closures, which writes down what it receives before it calls them.
final class TestService: Service {
    typealias Handler = @Sendable (TestService, Received, Worker) -> TurnOutcome

    let handle: ServiceHandle
    let received = Journal<Received>()
    let resumed = Journal<Int>()
    let retired = Journal<Void>()
    let readsToTheEnd: Bool

    private let handler: Handler
    private let resumption: @Sendable (TestService, Worker) -> TurnOutcome
    private let release: @Sendable () -> Void

    init(
        _ handle: ServiceHandle,
        readsToTheEnd: Bool = false,
        resume: @escaping @Sendable (TestService, Worker) -> TurnOutcome = { _, _ in .finished },
        retire: @escaping @Sendable () -> Void = {},
        receive: @escaping Handler = { _, _, _ in .finished }
    ) {
        self.handle = handle
        self.readsToTheEnd = readsToTheEnd
        handler = receive
        resumption = resume
        release = retire
    }

    var sessions: [Int32] { received.entries.map(\.session) }

    func receive(_ message: consuming Message, on worker: Worker) -> TurnOutcome {
        let head = Received(message)
        received.note(head)
        return handler(self, head, worker)
    }

    func resume(on worker: Worker) -> TurnOutcome {
        resumed.note(worker.index)
        return resumption(self, worker)
    }

    func retire() {
        release()
        retired.note(())
    }
}
