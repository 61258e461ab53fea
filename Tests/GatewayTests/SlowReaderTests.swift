// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

extension NodeTests {
    /// Clients that read slowly or not at all.
    @Suite struct SlowReaderTests {
        @Test func `a slow reader is warned of from one mebibyte on, and its clearing is told`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let (slow, quick) = (try gate.client(), try gate.client())
            try slow.send("flood 512")
            let warnings = try await gate.node.lines(containing: " KiB waiting to be sent", atLeast: 3)
            #expect(kibibytes(warnings[0]) >= 1024 && kibibytes(warnings[0]) < 2048)
            #expect(kibibytes(warnings[1]) >= 2048 && kibibytes(warnings[1]) < 4096)
            #expect(kibibytes(warnings[2]) >= 4096 && kibibytes(warnings[2]) < 8192)
            #expect(try quick.ask("not held up") == "not held up")

            let body = [UInt8](repeating: UInt8(ascii: "f"), count: 65535)
            for _ in 0..<512 { #expect(try slow.receive() == body) }
            let clearing = try await gate.node.line(containing: " has 0 KiB waiting")
            #expect(gate.node.lines.last { $0.contains(" KiB waiting") } == clearing)
            #expect(try slow.ask("caught up") == "caught up")
        }

        @Test func `a slow reader that disconnects leaves nothing behind`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let other = try gate.client()
            let blocks = try await settled(other)
            let slow = try gate.client()
            try slow.send("flood 512")
            try await gate.node.line(containing: " KiB waiting to be sent")
            slow.reset()
            try await gate.node.line(containing: "Client closed : ")
            try await until(blocks, other, answersTo: "blocks")
        }

        @Test func `low priority waits for high, and no packet is split`() async throws {
            let gate = try await RunningNode.running("handler")
            let client = try gate.client()
            try client.send("priorities")
            try await gate.node.line(containing: "sent in both priorities")
            let big = try client.read(32 << 20)
            #expect(big.allSatisfy { $0 == UInt8(ascii: ".") })
            #expect(String(decoding: try client.read(10), as: UTF8.self) == "L1H1H2L2L3")
        }

        private func kibibytes(_ line: String) -> Int {
            line.split(separator: " ").dropLast(5).last.flatMap { Int($0) } ?? -1
        }
    }
}
