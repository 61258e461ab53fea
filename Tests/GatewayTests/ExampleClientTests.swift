// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// The examples' own clients, run as their comments say: `swiftgate script examples/<name>/client.lua`.
    @Suite struct ExampleClientTests {
        private func script(_ name: String, _ arguments: [String]) throws -> RunningNode {
            try RunningNode(["script", "examples/\(name)/client.lua"] + arguments)
        }

        @Test func `the echo client prints what it sent`() async throws {
            let node = try RunningNode(["examples/echo/config", "--set", "port=0"])
            let port = String(try await node.port(after: "echo listens on"))
            let client = try script("echo", ["127.0.0.1", port, "one", "two words", ""])
            #expect(try await client.exitStatus() == 0)
            #expect(client.lines == ["one", "two words", ""])
        }

        @Test func `the login client logs in, is answered, and fetches the answer it missed`() async throws {
            let ports = try FreePort.take(2).map(String.init)
            let (login, game) = (ports[0], ports[1])
            let node = try RunningNode([
                "examples/login/config", "--set", "login_port=\(login)", "--set", "game_port=\(game)",
            ])
            try await node.line(containing: "login example is ready")
            for subid in 1...2 {
                let client = try script("login", ["127.0.0.1", login, game])
                #expect(try await client.exitStatus() == 0, "\(client.lines)")
                #expect(client.lines == ["logged in, subid \(subid)", "hello said echo\t1", "hello said lost\t2"])
            }
        }

        @Test func `a client without a server says so and fails`() async throws {
            let port = try FreePort.take(1)[0]
            let client = try script("echo", ["127.0.0.1", "\(port)"])
            #expect(try await client.exitStatus() != 0)
            #expect(client.lines.contains { $0.contains("Connect 127.0.0.1 \(port) failed") }, "\(client.lines)")
        }

        @Test func `the chat client says what is typed and prints what is said`() async throws {
            let node = try RunningNode(["examples/chat/config", "--set", "port=0"])
            let port = try await node.port(after: "chat listens on")
            let other = try GateClient(port: port)
            #expect(try other.receiveText() == "welcome, what is your name?")
            try other.send("ann")
            #expect(try other.receiveText() == "ann joined")

            let client = Process()
            let (input, output) = (Pipe(), Pipe())
            client.executableURL = RunningNode.executable
            client.arguments = ["script", "examples/chat/client.lua", "bob", "127.0.0.1", "\(port)"]
            client.currentDirectoryURL = RunningNode.home
            client.standardInput = input
            client.standardOutput = output
            try client.run()
            defer {
                if client.isRunning { kill(client.processIdentifier, SIGKILL) }
            }
            try output.fileHandleForWriting.close()
            #expect(try other.receiveText() == "bob joined")
            try input.fileHandleForWriting.write(contentsOf: Data("hello\n".utf8))
            #expect(try other.receiveText() == "bob: hello")
            try other.send("hello bob")

            var printed = ""
            while !printed.contains("ann: hello bob\n"), case let data = output.fileHandleForReading.availableData,
                !data.isEmpty
            {
                printed += String(decoding: data, as: UTF8.self)
            }
            #expect(printed == "welcome, what is your name?\nbob joined\nbob: hello\nann: hello bob\n")
            try input.fileHandleForWriting.close()
            client.waitUntilExit()
            #expect(client.terminationStatus == 1)
        }
    }
}
