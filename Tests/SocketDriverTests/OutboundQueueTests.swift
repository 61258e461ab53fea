// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import SocketDriver

/// Bytes for tests: their own letters.
private struct Letters: OutboundBytes, ExpressibleByStringLiteral, Equatable {
    var text: ArraySlice<UInt8>
    init(stringLiteral value: String) { text = Array(value.utf8)[...] }
    init(zeros count: Int) { text = [UInt8](repeating: 0, count: count)[...] }
    private init(_ text: ArraySlice<UInt8>) { self.text = text }
    var count: Int { text.count }
    func prefix(_ count: Int) -> Letters { Letters(text.prefix(count)) }
    mutating func removePrefix(_ count: Int) { text.removeFirst(count) }
}

@Suite struct OutboundQueueTests {
    private typealias Queue = OutboundQueue<Letters>

    private func contents(_ queue: Queue) -> String {
        var bytes: [UInt8] = []
        queue.visit(upTo: .max) { bytes += $0.text }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func lowMessage_withNothingListed_isOrdinary() {
        var queue = Queue(remainder: "big")
        _ = queue.append("L1", priority: .low)
        _ = queue.append("L2", priority: .low)
        _ = queue.append("H1", priority: .high)
        _ = queue.append("H2", priority: .high)
        _ = queue.append("L3", priority: .low)
        #expect(contents(queue) == "bigL1H1H2L2L3")
    }

    @Test func remainder_thatCounts_isListed() {
        var queue = Queue(remainder: "big")
        queue.becameWritable()
        _ = queue.append("L1", priority: .low)
        _ = queue.append("H1", priority: .high)
        #expect(contents(queue) == "bigH1L1")
    }

    @Test func startedLowMessage_isFinishedFirst() {
        var queue = Queue(remainder: "")
        _ = queue.append("first", priority: .high)
        _ = queue.append("low", priority: .low)
        queue.advance(by: 6)
        _ = queue.append("high", priority: .high)
        #expect(contents(queue) == "owhigh")
    }

    @Test func advance_crossesMessages() {
        var queue = Queue(remainder: "ab")
        _ = queue.append("cd", priority: .high)
        _ = queue.append("ef", priority: .high)
        queue.advance(by: 5)
        #expect(contents(queue) == "f")
        #expect(queue.waiting == 1)
        queue.advance(by: 1)
        #expect(queue.isEmpty && queue.waiting == 0 && queue.unsent == 0)
    }

    @Test func visit_stopsAtTheLimit() {
        var queue = Queue(remainder: "abc")
        for _ in 0..<10 { _ = queue.append("xyz", priority: .high) }
        var seen = 0
        queue.visit(upTo: 7) { seen += $0.count }
        #expect(seen == 9)
    }

    @Test func warnings_doubleAndAreTakenBack() {
        var queue = Queue(remainder: "x")
        var warnings: [Int] = []
        for _ in 0..<33 {
            if let warning = queue.append(Letters(zeros: 256 << 10), priority: .high) { warnings.append(warning) }
        }
        #expect(warnings == [1024, 2048, 4096, 8192])
        #expect(queue.finish() == true)
        #expect(queue.finish() == false)
    }

    @Test func afterAJump_severalSendsWarn() {
        var queue = Queue(remainder: "x")
        #expect(queue.append(Letters(zeros: 10 << 20), priority: .high) == 10240)
        #expect(queue.append(Letters(zeros: 1), priority: .high) == 10241)
        #expect(queue.append(Letters(zeros: 1), priority: .high) == 10241)
        #expect(queue.append(Letters(zeros: 1), priority: .high) == 10241)
        #expect(queue.append(Letters(zeros: 1), priority: .high) == nil)
    }

    @Test func hugeRemainder_countsOnlyOnceWritable() {
        var queue = Queue(remainder: Letters(zeros: 4 << 20))
        #expect(queue.waiting == 0 && queue.unsent == 4 << 20)
        #expect(queue.append("x", priority: .high) == nil)
        queue.becameWritable()
        #expect(queue.waiting == 4 << 20 + 1)
        #expect(queue.append("x", priority: .high) == 4097)
    }

    @Test func belowOneMebibyte_nothingIsTakenBack() {
        var queue = Queue(remainder: "x")
        #expect(queue.append(Letters(zeros: 1 << 20 - 1), priority: .high) == nil)
        #expect(queue.finish() == false)
    }

    @Test func longQueues_keepTheirOrder() {
        var queue = Queue(remainder: "")
        var expected = ""
        for number in 0..<1000 {
            _ = queue.append(Letters(stringLiteral: "\(number),"), priority: .high)
            expected += "\(number),"
            if number % 3 == 0 {
                queue.advance(by: 2)
                expected.removeFirst(2)
            }
        }
        #expect(contents(queue) == expected)
    }
}
