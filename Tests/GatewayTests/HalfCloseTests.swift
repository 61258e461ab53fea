// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// Clients that finish sending and then read what is left for them.
    @Suite struct HalfCloseTests {
        @Test func `echo answers everything that came before the end of stream`() async throws {
            let gate = try await RunningNode.example("echo")
            let batch = (0..<10).flatMap {
                GateClient.packet(Array("packet \($0) \(String(repeating: ".", count: 50))".utf8))
            }
            var short = 0
            for _ in 0..<3 {
                let clients = try (0..<40).map { _ in try gate.client() }
                for client in clients {
                    try client.write(batch)
                    client.finishSending()
                }
                for client in clients where try client.readToEnd() != batch { short += 1 }
            }
            #expect(short == 0, "of 120 clients")
        }

        @Test func `an agent that is busy still answers what its client sent before it finished`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let client = try gate.client()
            try client.write(["spin 30", "one", "two"].flatMap { GateClient.packet(Array($0.utf8)) })
            client.finishSending()
            try await gate.node.line(containing: "Client closed : ")
            let answers = try client.readToEnd()
            let expected = ["one", "two"].flatMap { GateClient.packet(Array($0.utf8)) }
            #expect(Array(answers.suffix(expected.count)) == expected)
        }

        @Test func `a client that is done leaves nothing behind`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let other = try gate.client()
            let services = try await settled(other, "services")
            for _ in 0..<5 {
                let client = try gate.client()
                try client.send("well")
                client.finishSending()
                #expect(try client.readToEnd() == GateClient.packet(Array("well".utf8)))
            }
            try await until(services, other, answersTo: "services")
            try await until("2", other, answersTo: "sockets")
        }

        @Test func `an agent that has failed does not keep its half closed client`() async throws {
            let gate = try await RunningNode.running("example_gate")
            let other = try gate.client()
            let client = try gate.client()
            try client.send("exit")
            client.finishSending()
            #expect(try client.readToEnd() == [])
            try await until("2", other, answersTo: "sockets")
        }
    }
}
