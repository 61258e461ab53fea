// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import LoadClient
import Testing

extension NodeTests {
    /// The load client speaks what a gate does, over every transport and framing.
    @Suite struct LoadClientTransportTests {
        private static let certificate = "Tests/Fixtures/tls/server-cert.pem"

        /// An echo example somewhere else, and a load client for it that is not in a hurry.
        private struct Gate {
            let node: RunningNode
            var load: LoadConfiguration
        }

        /// - Parameter listener: the keys of the listener, in Lua.
        private static func gate(
            _ transport: LoadTarget.Transport,
            _ listener: String = "",
            framing: LoadFraming = .u16be
        ) async throws -> Gate {
            let address = transport == .unix ? "unix://{DIR}gate.sock" : "\(transport.rawValue)://127.0.0.1"
            let config = """
                thread = 2
                harbor = 0
                start = "main"
                luaservice = "./examples/echo/?.lua;./examples/?.lua"
                address = "\(address)"
                port = 0
                maxclient = 1024
                tls_certificate = "\(certificate)"
                tls_key = "Tests/Fixtures/tls/server-key.pem"
                listeners = { default = { \(listener) } }
                """
            let node = try RunningNode(["{DIR}config"], files: ["config": config])
            let line = try await node.line(containing: "echo listens on ")
            let port = line.split(separator: ":").last.map(String.init) ?? ""
            let file = node.directory.path() + "gate.sock"
            var load = LoadConfiguration(
                target: try LoadTarget(
                    url: transport == .unix ? "unix://\(file)" : "\(transport.rawValue)://127.0.0.1:\(port)"
                ),
                framing: framing,
                connections: 4,
                seconds: 0.3,
                warmup: 0.05,
                timeout: 60
            )
            load.serverProcesses = [node.identifier]
            return Gate(node: node, load: load)
        }

        @Test(arguments: LoadTarget.Transport.allCases)
        func `packets come back over every transport`(transport: LoadTarget.Transport) async throws {
            let gate = try await Self.gate(transport)
            for (payload, inFlight) in [(64, 1), (64, 16), (0, 3), (65_535, 2)] {
                var load = gate.load
                load.payload = payload
                load.inFlight = inFlight
                // A debug build takes its time to unmask.
                if payload > 1_024 { (load.connections, load.seconds) = (1, 2) }
                let report = try LoadClient(load).run()
                #expect(report.count > 0, "\(payload) bytes, \(inFlight) in flight")
                #expect(report.costs.server?.cpuNanoseconds ?? 0 > 0)
            }
        }

        @Test(arguments: LoadTarget.Transport.allCases)
        func `clients come, go and keep still over every transport`(transport: LoadTarget.Transport) async throws {
            let gate = try await Self.gate(transport)
            defer { withExtendedLifetime(gate.node) {} }
            var load = gate.load
            load.mode = .connect
            #expect(try LoadClient(load).run().count > 0)
            load.mode = .idle
            load.connections = 20
            #expect(try LoadClient(load).run().count == 20)
            load.mode = .echo
            load.dropped = 20
            #expect(try LoadClient(load).run().count > 0)
        }

        @Test(arguments: LoadFraming.allCases)
        func `packets come back in every framing`(framing: LoadFraming) async throws {
            let gate = try await Self.gate(.tcp, "framing = \"\(framing.rawValue)\"", framing: framing)
            defer { withExtendedLifetime(gate.node) {} }
            var load = gate.load
            load.inFlight = 5
            for payload in [1, 64, 300, 60_000] {
                load.payload = payload
                #expect(try LoadClient(load).run().count > 0, "\(payload) bytes")
            }
        }

        @Test func `a gate of another framing gives no echo`() async throws {
            let gate = try await Self.gate(.tcp, "framing = \"u32be\"")
            defer { withExtendedLifetime(gate.node) {} }
            var load = gate.load
            load.timeout = 1
            #expect(throws: LoadError.self) { _ = try LoadClient(load).run() }
        }

        @Test func `a session is taken up again only where that is wanted`() async throws {
            let gate = try await Self.gate(.tls)
            defer { withExtendedLifetime(gate.node) {} }
            var load = gate.load
            load.mode = .connect
            load.connections = 1
            #expect(try LoadClient(load).run().resumed == 0)
            load.resumes = true
            let report = try LoadClient(load).run()
            #expect(report.resumed == report.count)
        }

        @Test(arguments: [LoadTarget.Transport.tls, .wss])
        func `a certificate is checked against an authority`(transport: LoadTarget.Transport) async throws {
            let gate = try await Self.gate(transport)
            defer { withExtendedLifetime(gate.node) {} }
            var load = gate.load
            load.authority = Self.certificate
            load.target.host = "localhost"
            #expect(try LoadClient(load).run().count > 0)
            load.authority = "/etc/ssl/certs/ca-certificates.crt"
            let error = #expect(throws: LoadError.self) { _ = try LoadClient(load).run() }
            #expect(error?.code == .system)
        }

        @Test func `a path that a WebSocket does not have is refused with what the gate said`() async throws {
            let gate = try await Self.gate(.ws, "websocket = { origins = { \"https://game.example.org\" } }")
            defer { withExtendedLifetime(gate.node) {} }
            var load = gate.load
            load.target.path = "/elsewhere"
            let error = #expect(throws: LoadError.self) { _ = try LoadClient(load).run() }
            #expect(error?.code == .badReply)
            #expect(error?.description.contains("HTTP/1.1 4") == true, "\(error?.description ?? "")")
        }

        @Test(arguments: [LoadTarget.Transport.tls, .ws, .wss])
        func `clients that never end their handshake are gone at the deadline`(
            transport: LoadTarget.Transport
        ) async throws {
            let gate = try await Self.gate(transport, "handshake_timeout = 3")
            defer { withExtendedLifetime(gate.node) {} }
            var load = gate.load
            load.mode = .stall
            load.connections = 100
            load.seconds = 10
            let report = try LoadClient(load).run()
            #expect(report.held == 100)
            #expect(report.count == 0)
        }
    }
}
