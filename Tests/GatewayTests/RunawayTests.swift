// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

extension NodeTests {
    /// Services that compute without a pause, or get more than they can take.
    @Suite struct RunawayTests {
        @Test func `a service that spins holds up nobody else, and finishes`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let (spinner, quick) = (try gate.client(), try gate.client())
            #expect(try quick.ask("warm") == "warm")
            #expect(try spinner.ask("warm") == "warm")
            try spinner.send("spin 200")
            let waits = try echoes(quick, for: .milliseconds(1900))
            #expect(try spinner.receiveText() == "spun")
            #expect(try spinner.ask("well again") == "well again")

            // Other processes may hold up an echo on a busy machine; a spinning service would hold up all of them.
            let late = waits.filter { $0 > .milliseconds(250) }
            #expect(late.count <= 2 + waits.count / 10, "\(late) of \(waits.count)")
            #expect(waits.count >= 20)
        }

        private func echoes(_ client: GateClient, for duration: Duration) throws -> [Duration] {
            let clock = ContinuousClock()
            let end = clock.now + duration
            var waits: [Duration] = []
            while clock.now < end {
                waits.append(try clock.measure { _ = try client.ask("echo") })
            }
            return waits
        }

        @Test func `a message that takes longer than ten seconds is reported as endless`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let client = try gate.client()
            try client.send("spin 1200")
            let line = try await gate.node.line(containing: "maybe in an endless loop", seconds: 60)
            let route = #/A message from \[ :[0-9a-f]{8} \] to \[ :[0-9a-f]{8} \]/#
            let report = line.replacing(route, with: "A to B")
            let words = "[:00000000] error: A to B maybe in an endless loop (version = "
            #expect(report.hasPrefix(words) && report.hasSuffix(")"), "\(line)")
            #expect(try client.receiveText() == "spun")
        }

        @Test func `a mailbox of more than 1024 messages is reported, and again when longer`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let client = try gate.client()
            #expect(try client.ask("overload 1500") == "done")
            #expect(try client.ask("overload 1000") == "done")
            #expect(try client.ask("overload 5000") == "done")
            let words = "error: May overload, message queue length = "
            let reports = try await gate.node.lines(containing: words, atLeast: 2)
            let lengths = reports.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
            #expect(lengths.count == 2, "\(reports)")
            #expect((1490...1510).contains(lengths[0]) && (4990...5010).contains(lengths[1]), "\(reports)")
        }
    }
}
