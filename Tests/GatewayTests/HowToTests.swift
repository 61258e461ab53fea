// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// The README's how-to for TLS: its own commands, but at a port that is free.
    @Suite struct HowToTests {
        /// The lines of the README's block of commands that holds `text`, joined where they are continued.
        private static func commands(_ text: String) throws -> [String] {
            let readme = try String(contentsOf: RunningNode.home.appending(path: "README.md"), encoding: .utf8)
            let blocks = readme.matches(of: /(?s)```\n(.*?)```/).map { String($0.1) }
            let block = try #require(blocks.first { $0.contains(text) })
            return block.replacing(/\\\n */, with: "").split(separator: "\n").map(String.init)
        }

        private static func command(_ text: String) throws -> String {
            try #require(try commands(text).first { $0.hasPrefix(text) })
        }

        /// Answers what a command of a shell says on both outputs; it has a minute.
        private func shell(_ command: String, in directory: URL) throws -> String {
            let process = Process()
            let output = Pipe()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", "exec timeout 60 \(command)"]
            process.currentDirectoryURL = directory
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = output
            try process.run()
            defer { process.waitUntilExit() }
            return String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        }

        private func certificate() throws -> URL {
            let directory = FileManager.default.temporaryDirectory.appending(
                path: "swiftgate-how-to-\(UUID().uuidString)",
                directoryHint: .isDirectory
            )
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            _ = try shell(try Self.command("openssl req"), in: directory)
            return directory
        }

        /// The README's `swiftgate` line.
        private func node(_ directory: URL) async throws -> (RunningNode, UInt16) {
            let words = try Self.command("swiftgate examples/echo/config --set address=wss").split(separator: " ")
            let arguments = words.dropFirst().map { word -> String in
                word.hasPrefix("port=")
                    ? "port=0"
                    : String(word).replacing("cert.pem", with: "\(directory.path())cert.pem")
                        .replacing("key.pem", with: "\(directory.path())key.pem")
            }
            let node = try RunningNode(arguments)
            return (node, try await node.port(after: "echo listens on"))
        }

        @Test func `a gate with a certificate made by hand is believed by those who know it`() async throws {
            let directory = try certificate()
            defer { try? FileManager.default.removeItem(at: directory) }
            let (node, port) = try await node(directory)
            let test = try Self.command("openssl s_client").replacing("8443", with: "\(port)")
            #expect(try shell(test, in: directory).contains("Verification: OK"))

            let stranger = try GateClient(port: port, node: node)
            try stranger.write(Array("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
            _ = try? stranger.readToEnd()
            try await node.line(containing: "refused a client (tls): not TLS")
        }

        @Test func `Python's websockets talks to it`() async throws {
            let directory = try certificate()
            defer { try? FileManager.default.removeItem(at: directory) }
            guard try shell("python3 -c 'import websockets.sync.client'", in: directory).isEmpty else {
                return print("Python's websockets is not installed; this test of the how-to was not made")
            }
            let (node, port) = try await node(directory)
            let script = try Self.pythonClient().replacing("8443", with: "\(port)")
            let file = directory.appending(path: "client.py")
            try script.write(to: file, atomically: true, encoding: .utf8)
            #expect(try shell("env SSL_CERT_FILE=cert.pem python3 client.py", in: directory) == "b'hello'\n")
            #expect(node.isRunning)
        }

        private static func pythonClient() throws -> String {
            let readme = try String(contentsOf: RunningNode.home.appending(path: "README.md"), encoding: .utf8)
            let blocks = readme.matches(of: /(?s)```python\n(.*?)```/).map { String($0.1) }
            return try #require(blocks.first)
        }
    }
}
