// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

extension NodeTests {
    /// A handler that waits in `skynet.call` while further packets are there.
    @Suite struct BlockingHandlerTests {
        private let words = ["one", "block two", "three", "block four", "five"]

        @Test func `packets behind a handler that blocks start in order and do not wait`() async throws {
            let gate = try await RunningNode.running("handler")
            let client = try gate.client()
            try client.write(words.flatMap { GateClient.packet(Array($0.utf8)) })
            for word in words { #expect(try client.receiveText() == "start \(word)") }
            #expect(try client.receiveText() == "end block two")
            #expect(try client.receiveText() == "end block four")
        }

        @Test func `another client is served while a handler blocks`() async throws {
            let gate = try await RunningNode.running("handler")
            let (patient, quick) = (try gate.client(), try gate.client())
            #expect(try patient.ask("block one") == "start block one")
            #expect(try quick.ask("two") == "start two")
            #expect(try patient.receiveText() == "end block one")
        }

        @Test func `an agent that sleeps takes the packets behind meanwhile`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let client = try gate.client()
            try client.write(["sleep 30", "quick"].flatMap { GateClient.packet(Array($0.utf8)) })
            #expect(try client.receiveText() == "quick")
            #expect(try client.receiveText() == "slept 30")
        }
    }
}
