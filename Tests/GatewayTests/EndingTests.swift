// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// What clients get, and what is said, when a node ends.
    @Suite struct EndingTests {
        private static let much = 9_600_000

        @Test(arguments: ["send", "abort"])
        func `a slow reader gets all that was sent to it before the node ended`(word: String) async throws {
            let gate = try await RunningNode.running("chatter")
            let client = try gate.client()
            #expect(try client.ask("\(word) \(Self.much)") == "\(word) \(Self.much)")
            if word == "send" {
                try await gate.node.line(containing: " sent")
                gate.node.send(SIGTERM)
            }
            try await gate.node.line(containing: "swiftgate stops")
            var count = 0
            while count < Self.much { count += try client.read(min(64_000, Self.much - count)).count }
            #expect(client.isTurnedAway())
            #expect(try await gate.node.exitStatus() == 0)
            // Services that were told to end by one of them are told nothing more.
            #expect(gate.node.lines.contains { $0.contains("disconnected ") } == (word == "send"))
            #expect(!gate.node.lines.contains { $0.contains("did not read in time") })
        }

        @Test func `every client's end is told while services still run, and what was not read is told at last`()
            async throws
        {
            let gate = try await RunningNode.running("chatter", settings: "shutdown_grace = 1.5")
            let clients = try (0..<5).map { _ in try gate.client() }
            for client in clients { #expect(try client.ask("here") == "here") }
            try clients[0].send("send \(64 << 20)")
            try await gate.node.line(containing: " sent")
            gate.node.send(SIGTERM)
            #expect(try await gate.node.exitStatus() == 0)
            #expect(gate.node.lines.count { $0.contains("disconnected ") } == 5)
            let losses = gate.node.lines.filter { $0.contains("did not read in time") }
            #expect(losses.count == 1)
            let loss = try #require(losses.first)
            #expect(loss.hasPrefix("[:00000000] swiftgate: 1 client did not read in time, "), "\(loss)")
            #expect(loss.hasSuffix(" bytes were not sent (shutdown_grace = 1.5)"), "\(loss)")
            for client in clients[1...] { #expect(client.isTurnedAway()) }
        }

        @Test func `a slow reader that goes on sending gets everything as well`() async throws {
            let gate = try await RunningNode.running("chatter")
            let client = try gate.client()
            #expect(try client.ask("send \(Self.much)") == "send \(Self.much)")
            try await gate.node.line(containing: " sent")
            gate.node.send(SIGTERM)
            try await gate.node.line(containing: "disconnected ")
            var count = 0
            while count < Self.much {
                try client.send("heartbeat")
                count += try client.read(min(640_000, Self.much - count)).count
            }
            #expect(client.isTurnedAway())
            #expect(try await gate.node.exitStatus() == 0)
        }

        @Test func `nobody is let in any more once the node ends`() async throws {
            let gate = try await RunningNode.running("chatter")
            let client = try gate.client()
            #expect(try client.ask("send \(64 << 20)") == "send \(64 << 20)")
            try await gate.node.line(containing: " sent")
            gate.node.send(SIGTERM)
            try await gate.node.line(containing: "disconnected ")
            // The listener is closed before the clients are.
            #expect(throws: GateClient.Failure.self) { try gate.client() }
            client.hangUp()
            #expect(try await gate.node.exitStatus() == 0)
        }

        @Test func `the same signal twice within a moment is one signal`() async throws {
            let gate = try await RunningNode.running("chatter", settings: "shutdown_grace = 1.5")
            let client = try gate.client()
            #expect(try client.ask("send \(64 << 20)") == "send \(64 << 20)")
            try await gate.node.line(containing: " sent")
            // The same signal again may be one to the system; a machine under load makes a moment long.
            gate.node.send(SIGTERM)
            gate.node.send(SIGINT)
            gate.node.send(SIGTERM)
            #expect(try await gate.node.exitStatus() == 0)
            #expect(gate.node.lines.count { $0.contains("swiftgate stops") } == 1)
        }
    }
}
