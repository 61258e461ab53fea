// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// Proxies that say for whom they connect.
    @Suite struct ProxyTests {
        private static let version1 = Array("PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\n".utf8)
        private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]
        /// 203.0.113.8:7000 to 10.0.0.1:443, and behind the addresses a field that is passed over.
        private static let version2 =
            signature + [0x21, 0x11, 0, 16, 203, 0, 113, 8, 10, 0, 0, 1, 0x1B, 0x58, 1, 0xBB, 4, 0, 1, 99]
        private static let localVersion2 = signature + [0x20, 0, 0, 0]

        private static let trusting = #"trusted_proxies = { "127.0.0.0/8" }"#

        private func peer(_ client: WireClient) throws -> Substring? {
            try client.ask("facts").split(separator: " | ").first { $0.hasPrefix("peer=") }?.dropFirst(5)
        }

        @Test func `both versions name the client on every transport and framing`() async throws {
            let gates = try await OpenGates(listener: "proxy_protocol = 'required', \(Self.trusting)")
            await gates.each { wire in
                let headers = [(Self.version1, "203.0.113.7:56324"), (Self.version2, "203.0.113.8:7000")]
                for (header, address) in headers {
                    var greeting = WireClient.Greeting(preface: header)
                    greeting.early = wire.encoded(Array("early".utf8))
                    let client = try gates.client(wire, greeting)
                    #expect(try client.receiveText() == "early", "\(wire)")
                    #expect(try peer(client).map(String.init) == address, "\(wire)")
                }
                // The proxy speaks for itself.
                let client = try gates.client(wire, .init(preface: Self.localVersion2))
                #expect(try peer(client)?.hasPrefix(wire.scheme == .unix ? "unix:" : "127.0.0.1:") == true, "\(wire)")
            }
            try await gates.node.lines(containing: "New client from : 203.0.113.7:56324", atLeast: Wire.all.count)
        }

        @Test func `a header may come in any two pieces`() async throws {
            let gates = try await OpenGates(
                Wire.transports,
                listener: "proxy_protocol = 'required', \(Self.trusting)"
            )
            await gates.each(Wire.transports) { wire in
                for header in [Self.version1, Self.version2] {
                    for place in [1, 5, 6, 12, 13, 15, 16, 17, header.count - 1] {
                        let connection = try gates.connection(wire)
                        try connection.write(Array(header[..<place]))
                        // Others come and go meanwhile, so the piece has been looked at.
                        _ = try gates.client(wire, .init(preface: header)).ask("between")
                        let rest = WireClient.Greeting(preface: Array(header[place...]))
                        let client = try WireClient(wire, on: connection, rest)
                        #expect(try peer(client)?.hasPrefix("203.0.113.") == true, "\(wire), \(place)")
                    }
                }
            }
        }

        @Test func `who is no trusted proxy is refused where a header is required`() async throws {
            let gates = try await OpenGates(
                listener: #"proxy_protocol = "required", trusted_proxies = { "10.0.0.0/8" }"#
            )
            await gates.each(Wire.all.filter { $0.scheme != .unix }) { wire in
                let connection = try gates.connection(wire)
                try? connection.write(Self.version1)
                #expect(connection.isTurnedAway(), "\(wire)")
                try await refusal(gates, wire, "proxy header): PROXY header required, and the peer is no trusted proxy")
            }
            // The permissions of its file let a unix socket's peer in.
            #expect(try gates.client(.unix, .init(preface: Self.version1)).ask("well") == "well")
        }

        @Test func `a missing, a malformed and a forged header are refused with their reasons`() async throws {
            let gates = try await OpenGates(
                [.tcp, .tls, .unix],
                listener: "proxy_protocol = 'required', \(Self.trusting)"
            )
            let wrong: [(Wire, [UInt8], String)] = [
                (.tcp, Wire.tcp.encoded(Array("hello".utf8)), "PROXY header required, and there is none"),
                (.tls, Array("PROXY TCP4 nonsense\r\n".utf8), "PROXY header malformed: "),
                (.unix, Self.signature + [0x31, 0x11, 0, 0], "PROXY header malformed: "),
            ]
            for (wire, bytes, reason) in wrong {
                let connection = try gates.connection(wire)
                try connection.write(bytes)
                #expect(connection.isTurnedAway(), "\(wire)")
                try await refusal(gates, wire, "proxy header): \(reason)")
                #expect(try gates.client(wire, .init(preface: Self.version2)).ask("well") == "well")
            }
            let open = try await OpenGates(
                [.tcp],
                listener: #"proxy_protocol = "optional", trusted_proxies = { "10.0.0.0/8" }"#
            )
            let forger = try open.connection(.tcp)
            try forger.write(Self.version1)
            #expect(forger.isTurnedAway())
            try await refusal(open, .tcp, "proxy header): PROXY header from a peer that is no trusted proxy")
            #expect(try open.client(.tcp).ask("without a header") == "without a header")
        }

        private func refusal(_ gates: OpenGates, _ wire: Wire, _ reason: String) async throws {
            let line = try await gates.node.line(containing: "socket-server: \(gates.endpoint(wire)) (fd ", seconds: 10)
            #expect(line.contains("refused a client (\(reason)"), "\(wire): \(line)")
        }

        // MARK: Headers of an upgrade

        @Test(arguments: [
            (["X-Forwarded-For: 203.0.113.9"], "203.0.113.9:"),
            (["X-Forwarded-For: 198.51.100.1, 203.0.113.9, 127.0.0.5"], "203.0.113.9:"),
            (["X-Real-IP: 203.0.113.10"], "203.0.113.10:"),
            (["Forwarded: for=\"[2001:db8::1]:4711\";proto=https"], "2001:db8::1:4711"),
            ([], "127.0.0.1:"),
        ])
        func `headers of a trusted proxy name the client`(headers: [String], address: String) async throws {
            let wires: [Wire] = [.webSocket, .secureWebSocket]
            let gates = try await OpenGates(wires, listener: "forwarded_headers = true, \(Self.trusting)")
            await gates.each(wires) { wire in
                let client = try gates.client(wire, .init(headers: headers))
                let peer = try peer(client)
                #expect(peer?.hasPrefix(address) == true, "\(wire): \(peer ?? "")")
            }
            try await gates.node.lines(containing: "New client from : \(address)", atLeast: 2)
        }

        @Test func `headers that disagree or say nothing are refused, and those of strangers passed over`() async throws
        {
            let wires: [Wire] = [.webSocket, .secureWebSocket]
            let gates = try await OpenGates(wires, listener: "forwarded_headers = true, \(Self.trusting)")
            await gates.each(wires) { wire in
                for headers in [
                    ["X-Forwarded-For: 203.0.113.9", "X-Real-IP: 203.0.113.10"], ["X-Forwarded-For: nonsense"],
                ] {
                    let failure = #expect(throws: GateClient.Failure.self, "\(wire)") {
                        try gates.client(wire, .init(headers: headers))
                    }
                    #expect(failure?.description.contains("HTTP/1.1 400 ") == true, "\(failure?.description ?? "")")
                }
                try await refusal(gates, wire, "upgrade): ")
            }
            let strange = try await OpenGates(
                wires,
                listener: #"forwarded_headers = true, trusted_proxies = { "10.0.0.0/8" }"#
            )
            await strange.each(wires) { wire in
                let client = try strange.client(wire, .init(headers: ["X-Forwarded-For: 203.0.113.9"]))
                #expect(try peer(client)?.hasPrefix("127.0.0.1:") == true, "\(wire)")
            }
        }
    }
}
