// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

extension NodeTests {
    /// What becomes of packets when agents fail, leave, come late or let others answer.
    @Suite struct AgentTests {
        @Test func `an agent that errors goes on, and others notice nothing`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let (wild, calm) = (try gate.client(), try gate.client())
            for round in 0..<3 {
                try wild.send("raise")
                #expect(try calm.ask("calm \(round)") == "calm \(round)")
            }
            #expect(try wild.ask("after all") == "after all")
            let reports = try await gate.node.lines(containing: "agent.lua:", atLeast: 3)
            #expect(reports.contains { $0.contains("asked to") }, "\(reports)")
        }

        @Test func `packets for an agent that has exited are dropped, and others notice nothing`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let other = try gate.client()
            let services = try await settled(other, "services")
            let client = try gate.client()
            #expect(try client.ask("here") == "here")
            try client.write(["exit", "lost", "lost too"].flatMap { GateClient.packet(Array($0.utf8)) })
            try await until(services, other, answersTo: "services")
            client.finishSending()
            try await gate.node.line(containing: "Client closed : ")
            #expect(try client.readToEnd() == [])
        }

        @Test(arguments: ["failing", "leaving"])
        func `a call to a service that fails or exits is answered with an error`(how: String) async throws {
            let gate = try await RunningNode.running("example_gate")
            let client = try gate.client()
            #expect(try client.ask("fail \(how)").contains("false") == true)
            #expect(try client.ask("well") == "well")
        }

        @Test func `data sent before the agent is ready waits for it, what is written to it is lost`() async throws {
            let gate = try await RunningNode.running("example_gate", settings: "forward_delay = 20")
            let client = try gate.client()
            try client.send("early")
            try client.send("bird")
            #expect(try client.receiveText() == "early")
            #expect(try client.receiveText() == "bird")
        }

        @Test func `data and end of stream before the agent is ready arrive in this order`() async throws {
            let gate = try await RunningNode.running("example_gate", settings: "forward_delay = 20")
            let client = try gate.client()
            try client.send("early")
            client.finishSending()
            #expect(try client.readToEnd() == GateClient.packet(Array("early".utf8)))
            try await gate.node.line(containing: "Client closed : ")
        }

        @Test func `any service may write to a client`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let client = try gate.client()
            for number in 0..<20 { #expect(try client.ask("elsewhere \(number)") == "\(number)") }
        }
    }
}
