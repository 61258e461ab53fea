// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// Clients that never get as far as a script, and what scripts can ask about those that do.
    @Suite struct ListenerTests {
        private func refusal(_ gates: OpenGates, _ wire: Wire, _ reason: String) async throws {
            let place = "socket-server: \(gates.endpoint(wire)) (fd "
            let deadline = ContinuousClock.now + .seconds(10)
            while ContinuousClock.now < deadline {
                let lines = gates.node.lines.filter { $0.contains(place) }
                if lines.contains(where: { $0.contains("refused a client (\(reason)") }) { return }
                try await Task.sleep(for: .milliseconds(5))
            }
            Issue.record("\(wire): no \(reason) in \(gates.node.lines.filter { $0.contains("refused") })")
        }

        private static let withHandshake: [Wire] = [.tls, .webSocket, .secureWebSocket]

        @Test func `a client that is too slow is gone at the deadline`() async throws {
            let gates = try await OpenGates(Self.withHandshake, listener: "handshake_timeout = 0.3")
            await gates.each(Self.withHandshake) { wire in
                let silent = try gates.connection(wire)
                let slow = try gates.connection(wire)
                try slow.write(wire.isEncrypted ? [22, 3, 1] : Array("GET /play HTTP/1.1\r\n".utf8))
                #expect(silent.isTurnedAway() && slow.isTurnedAway(), "\(wire)")
                try await refusal(
                    gates,
                    wire,
                    "too slow): the \(wire == .webSocket ? "upgrade" : "tls") was not finished in time"
                )
                #expect(try gates.client(wire).ask("well") == "well")
            }
        }

        @Test func `of too many handshakes the oldest gives way`() async throws {
            let gates = try await OpenGates(Self.withHandshake, listener: "most_handshakes = 3")
            await gates.each(Self.withHandshake) { wire in
                let clients = try (0..<5).map { _ in try gates.connection(wire) }
                #expect(clients[0].isTurnedAway() && clients[1].isTurnedAway(), "\(wire)")
                try await refusal(gates, wire, "too many): 3 clients are in their handshake")
                // Those who were not the oldest go on.
                #expect(try WireClient(wire, on: clients[4]).ask("well") == "well", "\(wire)")
            }
        }

        @Test func `who speaks no TLS is refused with the reason, and the node lives on`() async throws {
            let gates = try await OpenGates([.tls, .secureWebSocket])
            await gates.each([.tls, .secureWebSocket]) { wire in
                let client = try gates.connection(wire)
                try client.write(Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
                _ = try? client.readToEnd()
                try await refusal(gates, wire, #"tls): not TLS: "GET / HT""#)
                #expect(try gates.client(wire).ask("well") == "well")
            }
        }

        private static let upgrade = """
            Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n
            """

        @Test(arguments: [
            ("GET /elsewhere HTTP/1.1\r\n\(upgrade)\r\n", "404"),
            ("GET /play HTTP/1.0\r\n\(upgrade)\r\n", "505"),
            ("POST /play HTTP/1.1\r\n\(upgrade)\r\n", "405"),
            ("GET /play HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "400"),
            ("GET /play HTTP/1.1\r\nHost: localhost\r\n\r\n", "426"),
            ("\u{1}\u{2}\u{3}\r\n\r\n", "400"),
            ("GET /\(String(repeating: "x", count: 100_000))", "414"),
            ("GET /play HTTP/1.1\r\n\(String(repeating: "X: yyyyyyyyyyyyyyyyyyyyy\r\n", count: 10_000))", "431"),
        ])
        func `a hostile upgrade gets an HTTP answer and a line in the log`(request: String, status: String) async throws
        {
            let gates = try await OpenGates([.webSocket])
            let client = try gates.connection(.webSocket)
            // The answer may come before all has been said.
            try? client.write(Array(request.utf8))
            let answer = String(decoding: (try? client.readToEnd()) ?? [], as: UTF8.self)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            try await refusal(gates, .webSocket, "upgrade): ")
            #expect(try gates.client(.webSocket).ask("well") == "well")
        }

        @Test func `garbage harms nobody, whenever it comes`() async throws {
            let gates = try await OpenGates()
            var random = SystemRandomNumberGenerator()
            let before = try gates.client(.tcp).ask("sockets")
            await gates.each { wire in
                for length in [1, 2, 5, 16, 100, 1000, 20_000] {
                    let garbage = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                    let stranger = try gates.connection(wire)
                    try? stranger.write(garbage)
                    stranger.finishSending()
                    _ = try? stranger.readToEnd()
                    let client = try gates.client(wire)
                    try? client.connection.write(garbage)
                    client.connection.finishSending()
                    _ = try? client.readToEnd()
                }
                #expect(try gates.client(wire).ask("well") == "well", "\(wire)")
            }
            let client = try gates.client(.tcp)
            let deadline = ContinuousClock.now + .seconds(20)
            while try client.ask("sockets") != before, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(try client.ask("sockets") == before)
        }

        @Test func `a path is taken over from a node that is dead, and from no other`() async throws {
            let gates = try await OpenGates([.unix])
            let path = gates.node.directory.path() + "gate.sock"
            try await gates.node.line(containing: "gate unix listens on unix://\(path):0")
            let config = """
                thread = 2
                harbor = 0
                start = "transports"
                luaservice = "./Tests/Scripts/gateway/?.lua;./examples/?.lua"
                gates = "unix=unix://\(path)"
                """
            let second = try RunningNode(["{DIR}config"], files: ["config": config])
            try await second.line(containing: "Listen error: unix://\(path): Address already in use")
            #expect(try gates.client(.unix).ask("well") == "well")
            gates.node.send(SIGKILL)
            _ = try await gates.node.exitStatus()
            let third = try RunningNode(["{DIR}config"], files: ["config": config])
            try await third.line(containing: "gate unix listens on")
            #expect(try gates.client(.unix).ask("well") == "well")
            third.send(SIGTERM)
            _ = try await third.exitStatus()
            #expect(!FileManager.default.fileExists(atPath: path))
        }

        // MARK: Facts

        @Test func `facts tell the transport and both addresses of every client`() async throws {
            let gates = try await OpenGates()
            await gates.each { wire in
                let facts = try gates.client(wire).ask("facts").components(separatedBy: " | ")
                #expect(facts.contains("transport=\(wire.scheme)"), "\(facts)")
                let place =
                    wire.scheme == .unix ? gates.endpoint(wire).replacing("unix://", with: "unix:") : gates.place(wire)
                #expect(facts.contains("address=\(place)"), "\(wire): \(facts)")
                let peer = facts.first { $0.hasPrefix("peer=") }
                #expect(peer?.hasPrefix(wire.scheme == .unix ? "peer=unix:" : "peer=127.0.0.1:") == true, "\(facts)")
                #expect(facts.contains { $0.hasPrefix("tls_version=TLSv1.3") } == wire.isEncrypted, "\(facts)")
                #expect(facts.contains { $0.hasPrefix("cipher=TLS_") } == wire.isEncrypted, "\(facts)")
                #expect(facts.contains("server_name=localhost") == wire.isEncrypted, "\(facts)")
                #expect(facts.contains("path=/play") == wire.isWebSocket, "\(facts)")
                #expect(!facts.contains { $0.hasPrefix("query=") || $0.hasPrefix("subprotocol=") }, "\(facts)")
            }
        }

        @Test func `facts tell what TLS and the upgrade agreed on`() async throws {
            let gates = try await OpenGates(
                [.secureWebSocket],
                listener: """
                    tls = {
                        certificate = "\(OpenGates.certificate)", key = "\(OpenGates.key)", alpn = { "http/1.1" },
                        client_certificates = "required", client_authority = "\(OpenGates.certificate)",
                    },
                    websocket = { subprotocols = { "game.v2", "game.v1" }, headers = { "User-Agent", "Cookie" } },
                    """
            )
            var greeting = WireClient.Greeting(target: "/play?token=a%20b&x=1")
            greeting.headers = [
                "Sec-WebSocket-Protocol: other, game.v1", "User-Agent: tests", "X-Other: no", "Cookie: a=1",
                "Cookie: b=2",
            ]
            greeting.tls.applicationProtocol = "http/1.1"
            greeting.tls.certificate = (OpenGates.certificate, OpenGates.key)
            let facts = try gates.client(.secureWebSocket, greeting).ask("facts").components(separatedBy: " | ")
            for fact in [
                "application_protocol=http/1.1", "peer_subject=CN=localhost", "path=/play", "query=token=a%20b&x=1",
                "subprotocol=game.v1", "header:user-agent=tests", "header:cookie=a=1, b=2",
            ] { #expect(facts.contains(fact), "\(fact) in \(facts)") }
            #expect(!facts.contains { $0.contains("x-other") }, "\(facts)")

            let nobody = try? gates.client(.secureWebSocket)
            #expect(nobody == nil)
            try await refusal(gates, .secureWebSocket, "tls): ")
        }

        // MARK: Errors

        @Test(arguments: [
            ("tls://127.0.0.1", "", "tls://127.0.0.1:0", "certificate"),
            ("gopher://127.0.0.1", "", "gopher://127.0.0.1", "unknown scheme"),
            ("tcp://127.0.0.1/path", "", "tcp://127.0.0.1/path", "Invalid address"),
            ("unix://relative.sock", "", "unix://relative.sock", "expected an absolute path"),
            ("unix:///no/such/place/gate.sock", "", "unix:///no/such/place/gate.sock", "No such file or directory"),
        ])
        func `an address that cannot be is one error that names it`(
            address: String,
            settings: String,
            name: String,
            reason: String
        ) async throws {
            let config = Self.configuration(gates: "bad=\(address) good=127.0.0.1", settings)
            let node = try RunningNode(["{DIR}config"], files: ["config": config])
            let line = try await node.line(containing: name)
            #expect(line.contains(reason), "\(line)")
            let port = try await node.port(after: "gate good listens on")
            #expect(try GateClient(port: port, node: node).ask("well") == "well")
        }

        @Test(arguments: [
            ("tls_certificate, tls_key = '/no/such.pem', '\(OpenGates.key)'", "/no/such.pem", "No such file"),
            ("tls_certificate = '\(OpenGates.certificate)'", "tls_certificate", "tls_key"),
            ("tls_certificate, tls_key = '\(OpenGates.key)', '\(OpenGates.key)'", OpenGates.key, "certificate"),
            (
                "tls_certificate, tls_key = '\(OpenGates.certificate)', '\(OpenGates.certificate)'",
                OpenGates.certificate, "key"
            ),
            ("tls_certificate, tls_key = '\(OpenGates.certificate)', '{DIR}other.pem'", "other.pem", "key"),
        ])
        func `a certificate or key that is of no use is one error that names the file and the reason`(
            settings: String,
            name: String,
            reason: String
        ) async throws {
            let config = Self.configuration(gates: "secret=tls://127.0.0.1 good=127.0.0.1", settings)
            let node = try RunningNode(["{DIR}config"], files: ["config": config, "other.pem": try Self.otherKey])
            let line = try await node.line(containing: name, seconds: 10)
            #expect(line.contains(reason), "\(line)")
        }

        /// A node that opens gates by their names and addresses.
        private static func configuration(gates: String, _ settings: String) -> String {
            """
            thread = 2
            harbor = 0
            start = "transports"
            luaservice = "./Tests/Scripts/gateway/?.lua;./examples/?.lua"
            gates = "\(gates)"
            \(settings)
            """
        }

        /// The key of somebody else.
        private static var otherKey: String {
            get throws {
                try ForeignTool("openssl", ["genpkey", "-algorithm", "ED25519"]).outcome().output
            }
        }
    }
}
