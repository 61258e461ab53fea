// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

extension NodeTests {
    /// Who may come in, and who has to go.
    @Suite struct AdmissionTests {
        @Test func `of maxclient one less is admitted, the others are announced by their close only`() async throws {
            let gate = try await RunningNode.running("example_gate", settings: "maxclient = 4")
            let admitted = try (0..<3).map { _ in try gate.client() }
            for client in admitted { #expect(try client.ask("in") == "in") }
            for _ in 0..<2 { #expect(try gate.client().isTurnedAway()) }
            try await gate.node.lines(containing: "Client closed : ", atLeast: 2)
            #expect(gate.node.lines.filter { $0.contains("New client from : ") }.count == 3)

            // A place that is given up is given away again.
            admitted[0].hangUp()
            try await gate.node.lines(containing: "Client closed : ", atLeast: 3)
            #expect(try gate.client().ask("in") == "in")
            #expect(try admitted[1].ask("still in") == "still in")
        }

        @Test func `with a maxclient of one nobody is admitted`() async throws {
            let gate = try await RunningNode.running("example_gate", settings: "maxclient = 1")
            #expect(try gate.client().isTurnedAway())
        }

        @Test func `a client that is kicked is closed and told to the watchdog once`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let other = try gate.client()
            let client = try gate.client()
            #expect(try client.ask("in") == "in")
            try client.send("kick")
            #expect(try client.readToEnd() == [])
            try await gate.node.line(containing: "Client closed : ")
            #expect(try other.ask("well") == "well")
            client.hangUp()
            try await until("2", other, answersTo: "sockets")
            #expect(gate.node.lines.filter { $0.contains("Client closed : ") }.count == 1)
        }

        @Test func `packets behind the one that closes are dropped with a log line each`() async throws {
            let gate = try await RunningNode.running("handler")
            let client = try gate.client()
            let packets = ["one", "leave", "late", "later"].flatMap { GateClient.packet(Array($0.utf8)) }
            try client.write(packets)
            #expect(try client.receiveText() == "start one")
            #expect(try client.receiveText() == "start leave")
            let drops = try await gate.node.lines(containing: "Drop message from fd (", atLeast: 2)
            #expect(drops[0].hasSuffix(") : late") && drops[1].hasSuffix(") : later"), "\(drops)")
        }
    }
}
