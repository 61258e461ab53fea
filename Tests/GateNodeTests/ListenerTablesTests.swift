// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import Foundation
import SocketDriver
import Testing

@testable import GateNode

/// A node's configuration with tables of swiftgate's own; `PEM/` stands for a directory with certificates.
struct TableRig {
    let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory([
            "home/lualib/loader.lua": "", "pem/a.pem": "a", "pem/a.key": "b", "pem/b.pem": "c", "pem/b.key": "d",
            "pem/ca.pem": "e",
        ])
    }

    func configuration(_ lines: String, overrides: [String] = []) throws -> NodeConfiguration {
        try scratch.write("config", lines.replacing("PEM/", with: scratch["pem/"]))
        return try NodeConfiguration(
            contentsOf: scratch["config"],
            overrides: overrides.map { $0.replacing("PEM/", with: scratch["pem/"]) },
            installation: Installation(home: scratch["home"])
        )
    }

    func failure(_ lines: String, overrides: [String] = []) -> String {
        let error = #expect(throws: ConfigurationError.self, "\(lines)") {
            try configuration(lines, overrides: overrides)
        }
        return "\(error?.description ?? "none")".replacing(scratch["pem/"], with: "PEM/")
            .replacing(scratch["config"], with: "config")
    }

    /// What a listener gets at an address.
    func options(
        _ lines: String,
        at address: String,
        _ port: Int? = nil,
        overrides: [String] = []
    ) throws -> ListenerOptions {
        try configuration(lines, overrides: overrides).listeners
            .listenerOptions(for: Endpoint(parsing: address, port: port))
    }

    func certificate(_ name: String, _ names: [String] = []) -> TLSOptions.Certificate {
        TLSOptions.Certificate(chain: scratch["pem/\(name).pem"], key: scratch["pem/\(name).key"], names: names)
    }
}

@Suite struct ListenerTablesTests {
    private let rig: TableRig

    init() throws { rig = try TableRig() }

    @Test func `a file without tables gives the defaults`() throws {
        let configuration = try rig.configuration("thread = 1")
        #expect(configuration.listeners == EndpointCatalog(defaults: ListenerOptions()))
        #expect(configuration.connects == EndpointCatalog(defaults: ConnectOptions()))
    }

    @Test func `every key arrives in its option`() throws {
        let options = try rig.options(
            """
            listeners = {
                ["wss://0.0.0.0:8443/"] = {
                    smallest_packet = 1, largest_packet = 1048576, proxy_protocol = "required",
                    forwarded_headers = { "X-Forwarded-For" }, trusted_proxies = { "10.0.0.0/8", "::1" },
                    handshake_timeout = 2.5, most_handshakes = 16,
                    tls = {
                        certificate = "PEM/a.pem", key = "PEM/a.key", minimum_version = "1.2", ciphers = "HIGH",
                        cipher_suites = "TLS_AES_128_GCM_SHA256", alpn = { "http/1.1" },
                        client_certificates = "optional", client_authority = "PEM/ca.pem", session_tickets = false,
                        sni = { ["*.Example.org"] = { certificate = "PEM/b.pem", key = "PEM/b.key" } },
                    },
                    websocket = {
                        subprotocols = { "game.v2", "game.v1" }, origins = { "https://game.example.org" },
                        text = "refuse", ping_interval = 0, headers = { "User-Agent" },
                    },
                },
            }
            """,
            at: "wss://0.0.0.0/",
            8443
        )
        var tls = TLSOptions(certificates: [rig.certificate("a"), rig.certificate("b", ["*.example.org"])])
        (tls.ciphers, tls.cipherSuites, tls.applicationProtocols) = ("HIGH", "TLS_AES_128_GCM_SHA256", ["http/1.1"])
        (tls.clientCertificates, tls.clientAuthority) = (.optional, rig.scratch["pem/ca.pem"])
        tls.sessionTickets = false
        var expected = ListenerOptions()
        expected.tls = tls
        (expected.smallestPacket, expected.largestPacket) = (1, 1 << 20)
        (expected.proxyProtocol, expected.forwardedHeaders) = (.required, [.xForwardedFor])
        expected.trustedProxies = AddressNetworks(try ["10.0.0.0/8", "::1"].map(AddressNetwork.init(parsing:)))
        (expected.handshakeTimeout, expected.mostHandshakes) = (2_500_000_000, 16)
        expected.webSocket.subprotocols = ["game.v2", "game.v1"]
        expected.webSocket.origins = ["https://game.example.org"]
        (expected.webSocket.textMessages, expected.webSocket.pingInterval) = (.refuse, 0)
        (expected.webSocket.keptHeaders, expected.webSocket.largestMessage) = (["user-agent"], 1 << 20)
        #expect(options == expected)
    }

    @Test func `a listener has the defaults of all in what it does not say`() throws {
        let lines = """
            tls_certificate, tls_key = "PEM/a.pem", "PEM/a.key"
            listeners = {
                default = { handshake_timeout = 3, framing = "u32le", largest_packet = 100000, tls = { alpn = { "x" } } },
                ["tls://0.0.0.0:1"] = { most_handshakes = 7 },
                ["tls://0.0.0.0:2"] = { framing = "u16le", tls = { certificate = "PEM/b.pem", key = "PEM/b.key" } },
                game = { address = "unix:///run/game.sock", framing = "varint" },
            }
            """
        let other = try rig.options(lines, at: "tls://0.0.0.0:9")
        #expect(other.framing == .u32le && other.handshakeTimeout == 3_000_000_000 && other.largestPacket == 100_000)
        #expect(other.tls?.certificates == [rig.certificate("a")])
        let first = try rig.options(lines, at: "tls://0.0.0.0:1")
        #expect(first.mostHandshakes == 7 && first.framing == .u32le && first.tls == other.tls)
        let second = try rig.options(lines, at: "tls://0.0.0.0", 2)
        #expect(second.framing == .u16le && second.largestPacket == 0xffff && second.tls?.applicationProtocols == ["x"])
        #expect(second.tls?.certificates == [rig.certificate("b")])
        let game = try rig.options(lines, at: "unix:///run/game.sock")
        #expect(game.framing == .varint && game.handshakeTimeout == 3_000_000_000)
        #expect(try rig.options(lines, at: "wss://0.0.0.0:9/").webSocket.largestMessage == 100_000)
    }

    @Test func `the plain keys are the certificate of every listener, also from the command line`() throws {
        let overrides = ["tls_certificate=PEM/a.pem", "tls_key=PEM/a.key"]
        let options = try rig.options("", at: "wss://0.0.0.0/", 8443, overrides: overrides)
        #expect(options.tls?.certificates == [rig.certificate("a")])
        let configuration = try rig.configuration("", overrides: overrides)
        #expect(configuration.settings["tls_key"] == rig.scratch["pem/a.key"])
        #expect(configuration.warnings == [])
        #expect(throws: ListenerOptions.Contradiction.self) { try rig.options("", at: "wss://0.0.0.0/", 8443) }
    }

    @Test func `scripts do not see the tables, and plain values of their names are the user's own`() throws {
        let tables = try rig.configuration("listeners = { default = { most_handshakes = 2 } }\nconnects = {}\na = 1")
        #expect(tables.settings["listeners"] == nil && tables.settings["connects"] == nil)
        #expect(tables.settings["a"] == "1" && tables.warnings == [])
        let plain = try rig.configuration("listeners = '8888,9999'\nconnects = 3", overrides: ["listeners=1"])
        #expect(plain.settings["listeners"] == "1" && plain.settings["connects"] == "3")
        #expect(plain.listeners == EndpointCatalog(defaults: ListenerOptions()))
    }

    @Test func `a table can be built in steps, from other keys and in included files`() throws {
        try rig.scratch.write("more", "listeners.default.framing = 'line'")
        let lines = "size = 99\nlisteners = { default = {} }\nlisteners.default.largest_packet = size\ninclude 'more'"
        let options = try rig.options(lines, at: "0.0.0.0", 1)
        #expect(options.largestPacket == 99 && options.framing == .line)
    }

    @Test func `forwarded headers are all of them, or those that are named, or none`() throws {
        func headers(_ value: String) throws -> Set<ForwardedHeader> {
            let lines = "listeners = { default = { trusted_proxies = { '::1' }, forwarded_headers = \(value) } }"
            return try rig.options(lines, at: "ws://a", 1).forwardedHeaders
        }
        #expect(try headers("true") == Set(ForwardedHeader.allCases))
        #expect(try headers("false") == [])
        #expect(try headers("{}") == [])
        #expect(try headers("{ 'x-real-ip', 'Forwarded' }") == [.xRealIP, .forwarded])
    }

    @Test func `connects say how servers are met`() throws {
        let catalog = try rig.configuration(
            """
            connects = {
                default = { tls = { authority = "PEM/ca.pem" }, handshake_timeout = 1 },
                ["tls://old.example.org"] = { tls = { verify = false, minimum_version = "1.3", alpn = { "x" } } },
                chat = {
                    address = "wss://chat.example.org/",
                    tls = { certificate = "PEM/a.pem", key = "PEM/a.key" },
                    websocket = { subprotocols = { "a" }, origin = "https://a", largest_message = 9, ping_interval = 1 },
                },
            }
            """
        ).connects
        let other = try catalog.options(for: Endpoint(parsing: "tls://a:1", port: nil))
        #expect(other.tls.authority == rig.scratch["pem/ca.pem"] && other.tls.verifies)
        #expect(other.handshakeTimeout == 1_000_000_000)
        let old = try catalog.options(for: Endpoint(parsing: "tls://old.example.org:1", port: nil))
        #expect(!old.tls.verifies && old.tls.minimumVersion == .v1_3 && old.tls.applicationProtocols == ["x"])
        let chat = try catalog.options(for: Endpoint(parsing: "wss://chat.example.org/x", port: nil))
        #expect(chat.tls.certificate == rig.certificate("a"))
        #expect(chat.webSocket.subprotocols == ["a"] && chat.webSocket.origin == "https://a")
        #expect(chat.webSocket.largestMessage == 9 && chat.webSocket.pingInterval == 1_000_000_000)
    }
}
