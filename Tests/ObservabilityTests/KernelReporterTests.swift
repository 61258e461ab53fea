// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Observability
import ServiceKernel
import Synchronization
import Testing

@Suite struct KernelReporterTests {
    private struct Line: Equatable {
        let text: String
        let source: UInt32
    }

    private final class Recorder: Sendable {
        let lines = Mutex<[Line]>([])
        let dropped = Mutex<[Int32]>([])
        let emptied = Atomic<Int>(0)

        var reporter: KernelReporter {
            KernelReporter(
                log: { [self] text, source in lines.withLock { $0.append(Line(text: text, source: source.rawValue)) } },
                dropped: { [self] message in
                    let session = message.session
                    dropped.withLock { $0.append(session) }
                },
                emptied: { [self] in emptied.add(1, ordering: .relaxed) }
            )
        }
    }

    private let recorder = Recorder()

    @Test func `an overloaded service says so itself`() {
        recorder.reporter.mailboxOverloaded(ServiceHandle(rawValue: 8), waiting: 1025)
        let lines = recorder.lines.withLock { $0 }
        #expect(lines == [Line(text: "error: May overload, message queue length = 1025", source: 8)])
    }

    @Test func `an endless message is reported by nobody`() {
        recorder.reporter.messageEndless(
            from: ServiceHandle(rawValue: 0xAB),
            to: ServiceHandle(rawValue: 0x0100_0008),
            version: 3
        )
        let route = "[ :000000ab ] to [ :01000008 ]"
        let text = "error: A message from \(route) maybe in an endless loop (version = 3)"
        let lines = recorder.lines.withLock { $0 }
        #expect(lines == [Line(text: text, source: 0)])
    }

    @Test func `dropped messages and the end are passed on`() {
        recorder.reporter.messageDropped(Message(type: .client, source: .none, session: 6))
        recorder.reporter.kernelEmptied()
        let dropped = recorder.dropped.withLock { $0 }
        #expect(dropped == [6])
        #expect(recorder.emptied.load(ordering: .relaxed) == 1)
    }
}
