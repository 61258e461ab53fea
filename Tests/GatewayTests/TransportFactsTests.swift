// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// What scripts and operators are told of clients, whatever their transport.
    @Suite struct TransportFactsTests {
        private static let certificate = "Tests/Fixtures/tls/server-cert.pem"

        /// A node with a certificate, as `tls_certificate` and `tls_key` give it to every listener.
        private func node(_ start: String, _ settings: String) throws -> RunningNode {
            let config = """
                thread = 2
                start = "\(start)"
                luaservice = "./Tests/Scripts/gateway/?.lua;./examples/echo/?.lua;./examples/?.lua"
                tls_certificate = "\(Self.certificate)"
                tls_key = "Tests/Fixtures/tls/server-key.pem"
                \(settings)
                """
            return try RunningNode(["{DIR}config"], files: ["config": config])
        }

        @Test func `scripts are told what TLS and upgrade found out`() async throws {
            let node = try node(
                "secure",
                """
                listeners = { default = { websocket = { headers = { "Host" } } } }
                connects = { ["wss://localhost/"] = { tls = { authority = "\(Self.certificate)" } } }
                """
            )
            for fact in [
                "transport=wss", "tls_version=TLSv1.3", "cipher=TLS_", "server_name=localhost", "path=/play",
                "query=level=3", "header host=localhost:", "connect=127.0.0.1:", "peer=127.0.0.1:",
            ] {
                try await node.line(containing: "fact server \(fact)")
            }
            for fact in ["transport=wss", "peer_subject=", "path=/play"] {
                try await node.line(containing: "fact client \(fact)")
            }
        }

        @Test func `a certificate that nobody vouches for is refused by the client, and the server's log says so`()
            async throws
        {
            let node = try node(
                "secure",
                "connects = { [\"wss://localhost/\"] = { tls = { authority = \"\(Self.certificate)\" } } }"
            )
            try await node.line(containing: "not opened: certificate verify failed: ")
            try await node.line(containing: "refused a client (tls): ")
        }

        @Test func `clients are refused for their origin, path and proxy, each with a line of the log`() async throws {
            let node = try node(
                "main",
                """
                address = "ws://127.0.0.1/play"
                port = 0
                maxclient = 10
                listeners = { default = {
                    proxy_protocol = "optional",
                    trusted_proxies = { "127.0.0.0/8" },
                    forwarded_headers = { "x-forwarded-for" },
                    websocket = { origins = { "https://game.example.org" } },
                } }
                """
            )
            let port = try await node.port(after: "echo listens on")
            func ask(_ path: String, _ head: String, before: String = "") throws -> GateClient {
                let client = try GateClient(port: port, seconds: 20, node: node)
                let request = """
                    GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r
                    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(head)\r\n
                    """
                try client.write(Array((before + request + "\r\n").utf8))
                return client
            }
            func status(_ client: GateClient) throws -> String {
                String(decoding: try client.read(12).suffix(3), as: UTF8.self)
            }
            let home = "Origin: https://game.example.org\r\n"
            #expect(try status(ask("/other", home)) == "404")
            #expect(try status(ask("/play", "Origin: https://evil.example.org\r\n")) == "403")
            try await node.line(containing: "refused a client (upgrade): it asked for \"/other\"")

            let proxied = "PROXY TCP4 192.0.2.7 127.0.0.1 5000 80\r\n"
            let one = try ask("/play", home, before: proxied)
            #expect(try status(one) == "101")
            try await node.line(containing: "New client from : 192.0.2.7:5000")
            let two = try ask("/play", home + "X-Forwarded-For: 192.0.2.8\r\n")
            #expect(try status(two) == "101")
            try await node.line(containing: "New client from : 192.0.2.8")
        }

        @Test func `a socket that a dead node left in the file system is replaced`() async throws {
            let path = FileManager.default.temporaryDirectory.appending(path: "swiftgate-\(UUID().uuidString).sock")
                .path()
            defer { unlink(path) }
            let arguments = ["examples/echo/config", "--set", "address=unix://\(path)"]
            let first = try RunningNode(arguments)
            try await first.line(containing: "echo listens on")
            first.send(SIGKILL)
            _ = try await first.exitStatus()
            #expect(FileManager.default.fileExists(atPath: path))

            let second = try RunningNode(arguments)
            try await second.line(containing: "echo listens on")
            let third = try RunningNode(arguments)
            try await third.line(containing: "Listen error: unix://\(path): Address already in use")
            #expect(try await third.exitStatus() == 1)
            second.send(SIGTERM)
            #expect(try await second.exitStatus() == 0)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
