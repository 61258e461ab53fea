// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// The examples as a user starts them.
    @Suite struct ExampleTests {
        @Test func `echo sends every packet back to its client`() async throws {
            let (node, port) = try await RunningNode.example("echo")
            let clients = try (0..<5).map { _ in try GateClient(port: port) }
            for (number, client) in clients.enumerated() { try client.send("packet of \(number)") }
            for (number, client) in clients.enumerated() {
                #expect(try client.receiveText() == "packet of \(number)")
            }
            clients[0].hangUp()
            try await node.line(containing: "Client closed : ")
            #expect(try clients[1].ask("still here") == "still here")
        }

        @Test func `set moves echo to another port`() async throws {
            let (node, port) = try await RunningNode.example("echo")
            node.send(SIGKILL)
            _ = try await node.exitStatus()
            let moved = try RunningNode([
                "examples/echo/config", "--set", "port=\(port)", "--set", "host=127.0.0.1",
            ])
            try await moved.line(containing: "Listen on 127.0.0.1 \(port)")
            #expect(try await moved.port() == port)
            #expect(try GateClient(port: port).ask("here") == "here")
        }

        @Test func `chat tells everyone what one says`() async throws {
            let (_, port) = try await RunningNode.example("chat")
            let ann = try GateClient(port: port)
            #expect(try ann.receiveText() == "welcome, what is your name?")
            #expect(try ann.ask("ann") == "ann joined")

            let bob = try GateClient(port: port)
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
            let (_, port) = try await RunningNode.example("hello")
            let client = try GateClient(port: port)
            #expect(try client.ask("world") == "hello world")
            #expect(try client.ask("") == "hello ")
        }
    }
}
