// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

/// How many there are when nothing goes on any more: the answer is the same for a while.
func settled(_ client: GateClient, _ question: String = "blocks") async throws -> String {
    var (answer, times) = (try client.ask(question), 1)
    for _ in 0..<1000 where times < 20 {
        try await Task.sleep(for: .milliseconds(10))
        let next = try client.ask(question)
        (answer, times) = (next, next == answer ? times + 1 : 1)
    }
    return answer
}

extension NodeTests {
    /// Every block a message or a packet had is given back, whatever became of it.
    @Suite struct LeakTests {
        @Test func `a block that a script forgets is counted`() async throws {
            let client = try await RunningNode.running("example_gate").client()
            let before = try #require(Int(try await settled(client)))
            for _ in 0..<3 { #expect(try client.ask("leak") == "leaked") }
            #expect(try await settled(client) == "\(before + 3)")
        }

        @Test(arguments: ["", "checkbuffers = true"])
        func `after traffic, kicks, resets and errors nothing stays allocated`(setting: String) async throws {
            let gate = try await RunningNode.running("example_gate", settings: "maxclient = 40\n\(setting)")
            let other = try gate.client()
            // Once before the count, for what is made at the first use and kept.
            try await misuse(gate)
            try await until("2", other, answersTo: "sockets")
            let services = try await settled(other, "services")
            let blocks = try await settled(other)

            for _ in 0..<3 { try await misuse(gate) }

            try await until("2", other, answersTo: "sockets")
            try await until(services, other, answersTo: "services")
            try await until(blocks, other, answersTo: "blocks")
        }

        /// Fifty clients, of which eleven are refused, and everything that can become of them.
        private func misuse(_ gate: OpenGate) async throws {
            let clients = try (0..<50).map { _ in try gate.client() }
            // Half of them wait until they are in, the others do their worst before.
            for client in clients[..<25] { _ = try? client.ask("in") }
            for (number, client) in clients.enumerated() { misbehave(client, number) }
        }

        /// Errors are to be expected: some of the clients are refused, at no certain moment.
        private func misbehave(_ client: GateClient, _ number: Int) {
            let plenty = (0..<50).flatMap { GateClient.packet(Array("packet \($0)".utf8)) }
            switch number % 8 {
            case 0: try? client.write(plenty + [1])
            case 1: try? client.write(["raise", "kick", "late"].flatMap { GateClient.packet(Array($0.utf8)) })
            case 2: try? client.write(GateClient.packet(Array("exit".utf8)) + plenty)
            case 3: try? client.write([255, 255, 0, 0])
            case 4: try? client.write(GateClient.packet(Array("flood 4".utf8)))
            case 5: try? client.write(GateClient.packet(Array("sleep 5".utf8)))
            case 6: try? client.write(GateClient.packet(Array("fail failing".utf8)))
            default: break
            }
            if number.isMultiple(of: 3) { client.reset() } else { client.hangUp() }
        }
    }
}
