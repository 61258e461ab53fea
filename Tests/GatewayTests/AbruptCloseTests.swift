// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

extension NodeTests {
    /// Clients that close, reset, or finish sending.
    @Suite struct AbruptCloseTests {
        @Test func `a reset is an error and then a close, and its agent ends`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let other = try gate.client()
            let services = try await settled(other, "services")
            let client = try gate.client()
            #expect(try client.ask("here") == "here")
            client.reset()
            try await gate.node.line(containing: "Client closed : ")
            let lines = gate.node.lines.filter { $0.contains("Client error : ") || $0.contains("Client closed : ") }
            #expect(lines.count == 2)
            #expect(lines.first?.contains("Connection reset by peer") == true, "\(lines)")
            try await until(services, other, answersTo: "services")
        }

        @Test func `a reset before the agent is ready harms nobody`() async throws {
            let gate = try await RunningNode.running("example_gate", settings: "forward_delay = 20")
            try gate.client().reset()
            try await gate.node.line(containing: "Client error : ")
            let other = try gate.client()
            #expect(try other.ask("well") == "well")
            try await until("2", other, answersTo: "sockets")
        }

        @Test func `after the peer has finished sending the socket can still be written`() async throws {
            let gate = try await RunningNode.running("handler", settings: "final_reply = true")
            let client = try gate.client()
            #expect(try client.ask("hello") == "start hello")
            client.finishSending()
            let reply = ["final reply", "and thanks"].flatMap { GateClient.packet(Array($0.utf8)) }
            #expect(try client.readToEnd() == reply)
            #expect(try await gate.node.lines(containing: "disconnected ", atLeast: 1).count == 1)
        }

        @Test func `what was sent before the end of stream is answered first`() async throws {
            let gate = try await RunningNode.running("handler")
            let client = try gate.client()
            let packets = (0..<100).flatMap { GateClient.packet(Array("p \($0)".utf8)) }
            let answers = (0..<100).flatMap { GateClient.packet(Array("start p \($0)".utf8)) }
            try client.write(packets)
            client.finishSending()
            #expect(try client.readToEnd() == answers)
        }
    }
}
