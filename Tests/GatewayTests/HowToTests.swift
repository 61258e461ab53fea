// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// The README's how-to for TLS: its own commands, but at a port that is free.
    @Suite struct HowToTests {
        /// The README's blocks of code in a language; none for commands of a shell.
        private static func blocks(_ language: String = "") throws -> [String] {
            let readme = try String(contentsOf: RunningNode.home.appending(path: "README.md"), encoding: .utf8)
            // Text and blocks take turns.
            let parts = readme.components(separatedBy: "\n```")
            return stride(from: 1, to: parts.count, by: 2).compactMap { index in
                let lines = parts[index].split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
                return lines[0] == language ? lines.dropFirst().first.map(String.init) : nil
            }
        }

        /// The README's command that begins so.
        private static func command(_ beginning: String) throws -> String {
            let lines = try blocks().flatMap { block in
                block.replacing(/\\\n */, with: "").components(separatedBy: "\n")
            }
            return try #require(lines.first { $0.hasPrefix(beginning) })
        }

        private static func hasWebSockets() throws -> Bool {
            try shell("python3 -c 'import websockets.sync.client'", in: RunningNode.home).isEmpty
        }

        /// Answers what a command of a shell says on both outputs; it has a minute.
        private static func shell(_ command: String, in directory: URL) throws -> String {
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
            _ = try Self.shell(try Self.command("openssl req"), in: directory)
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
            #expect(try Self.shell(test, in: directory).contains("Verification: OK"))

            let stranger = try GateClient(port: port, node: node)
            try stranger.write(Array("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
            _ = try? stranger.readToEnd()
            try await node.line(containing: "refused a client (tls): not TLS")
        }

        @Test(.enabled("Python's websockets (PyPI) is not installed") { try hasWebSockets() })
        func `Python's websockets talks to it`() async throws {
            let directory = try certificate()
            defer { try? FileManager.default.removeItem(at: directory) }
            let (node, port) = try await node(directory)
            let script = try #require(try Self.blocks("python").first).replacing("8443", with: "\(port)")
            let file = directory.appending(path: "client.py")
            try script.write(to: file, atomically: true, encoding: .utf8)
            #expect(try Self.shell("env SSL_CERT_FILE=cert.pem python3 client.py", in: directory) == "b'hello'\n")
            #expect(node.isRunning)
        }
    }
}
