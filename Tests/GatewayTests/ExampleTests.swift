// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// The examples as a user starts them.
    @Suite struct ExampleTests {
        @Test func `echo sends every packet back to its client`() async throws {
            let gate = try await RunningNode.example("echo")
            let clients = try (0..<5).map { _ in try gate.client() }
            for (number, client) in clients.enumerated() { try client.send("packet of \(number)") }
            for (number, client) in clients.enumerated() {
                #expect(try client.receiveText() == "packet of \(number)")
            }
            clients[0].hangUp()
            try await gate.node.line(containing: "Client closed : ")
            #expect(try clients[1].ask("still here") == "still here")
        }

        @Test func `set moves echo to another port`() async throws {
            let gate = try await RunningNode.example("echo")
            gate.node.send(SIGKILL)
            _ = try await gate.node.exitStatus()
            let moved = try RunningNode([
                "examples/echo/config", "--set", "port=\(gate.port)", "--set", "address=127.0.0.1",
            ])
            try await moved.line(containing: "Listen on 127.0.0.1 \(gate.port)")
            #expect(try await moved.port() == gate.port)
            let client = try GateClient(port: gate.port, node: moved)
            #expect(try client.ask("here") == "here")
        }

        @Test func `chat tells everyone what one says`() async throws {
            let gate = try await RunningNode.example("chat")
            let ann = try gate.client()
            #expect(try ann.receiveText() == "welcome, what is your name?")
            #expect(try ann.ask("ann") == "ann joined")

            let bob = try gate.client()
            #expect(try bob.receiveText() == "welcome, what is your name?")
            #expect(try bob.ask("ann") == "ann is taken")
            #expect(try bob.ask("bob") == "bob joined")
            #expect(try ann.receiveText() == "bob joined")

            try ann.send("hello all")
            #expect(try ann.receiveText() == "ann: hello all")
            #expect(try bob.receiveText() == "ann: hello all")

            bob.hangUp()
            #expect(try ann.receiveText() == "bob left")
        }

        @Test func `hello greets by name`() async throws {
            let gate = try await RunningNode.example("hello")
            let client = try gate.client()
            #expect(try client.ask("world") == "hello world")
            #expect(try client.ask("") == "hello ")
        }
    }
}
