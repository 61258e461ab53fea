// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import Observability

@Suite struct LogQueueTests {
    private var queue = LogQueue(limit: 10) { Array("<\($0.count) \($0.reason)>".utf8) }

    private mutating func append(_ text: String) { queue.append(Array(text.utf8), orLoseBecause: "slow") }

    private mutating func take() -> String { String(decoding: queue.take().bytes, as: UTF8.self) }

    @Test mutating func `lines come out as they went in`() {
        append("one;")
        append("two;")
        #expect(queue.outstanding == 2)
        #expect(take() == "one;two;")
        #expect(queue.isEmpty)
    }

    @Test mutating func `lines beyond the limit are counted, and told of behind those before them`() {
        append("12345;")
        append("12345;")
        append("12345;")
        #expect(queue.outstanding == 3)
        #expect(take() == "12345;<2 slow>")
        append("on;")
        #expect(take() == "on;")
    }

    @Test mutating func `a line that is larger than the limit is written when nothing else waits`() {
        append("12345678901234;")
        #expect(take() == "12345678901234;")
    }

    @Test mutating func `what could not be written is told of in front of the next line, with the first reason`() {
        queue.lose(3, because: "no space")
        queue.lose(2, because: "no luck")
        #expect(queue.isEmpty)
        #expect(queue.outstanding == 5)
        append("next;")
        #expect(take() == "<5 no space>next;")
    }

    @Test mutating func `a notice that was not written counts for the lines it tells of`() {
        queue.lose(5, because: "no space")
        append("next;")
        let batch = queue.take()
        #expect(batch.unwritten(after: 0) == 6)
        #expect(batch.unwritten(after: "<5 no space>".utf8.count) == 1)
        #expect(batch.unwritten(after: batch.bytes.count) == 0)
    }

    @Test mutating func `a line in hand begins where the last complete one ended`() {
        append("one;")
        append("two;")
        let batch = queue.take()
        #expect([0, 3, 4, 7, 8].map { batch.lineStart(at: $0) } == [0, 0, 4, 4, 8])
    }
}
