// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import Testing

@testable import GateNode

/// Whatever is wrong in a table is one sentence with file, line and key.
@Suite struct TableErrorTests {
    private let rig: TableRig

    init() throws { rig = try TableRig() }

    /// The sentence about what the default table, a plain listener or a WebSocket's says.
    private func complaint(_ lines: String, at address: String) -> String {
        let key = address == "default" ? "default" : "[\"\(address)\"]"
        let text = rig.failure("listeners = { \(key) = { \(lines) } }")
        let path = address == "default" ? "config:1: listeners.default" : "config:1: listeners[\"\(address)\"]"
        #expect(text.hasPrefix(path), "\(text)")
        return String(text.dropFirst(path.count))
    }

    @Test(arguments: [
        ("framng = 'line'", ".framng: swiftgate does not know this key; did you mean framing?"),
        ("colour = 1", ".colour: swiftgate does not know this key"),
        ("tls = { cert = 'a' }", ".tls.cert: swiftgate does not know this key"),
        ("tls = { keys = 'a' }", ".tls.keys: swiftgate does not know this key; did you mean key?"),
        ("address = 'a:1'", ".address: swiftgate does not know this key"),
        ("framing = 1", ".framing: expected a text, not a number"),
        (
            "framing = 'u64be'",
            ".framing: should be one of \"u16be\", \"u16le\", \"u32be\", \"u32le\", \"varint\", \"line\", not \"u64be\""
        ),
        ("framing = ''", ".framing: expected a text, not an empty one"),
        ("tls = 'a.pem'", ".tls: expected a table of keys, not a text"),
        ("tls = { 'a.pem' }", ".tls: expected a table of keys, not a list"),
        ("tls = { 'a.pem', key = 'b' }", ".tls: expected a table of keys, not a table with a list in it"),
        ("most_handshakes = '5'", ".most_handshakes: expected a whole number, not a text"),
        ("most_handshakes = 0", ".most_handshakes: should be a whole number in [1,1000000], not 0"),
        ("most_handshakes = 1.5", ".most_handshakes: should be a whole number in [1,1000000], not 1.5"),
        ("most_handshakes = 1/0", ".most_handshakes: should be a whole number in [1,1000000], not inf"),
        ("handshake_timeout = true", ".handshake_timeout: expected a number of seconds, not a boolean"),
        ("handshake_timeout = 0", ".handshake_timeout: should be a number of seconds in [0.1,3600], not 0"),
        ("handshake_timeout = 0/0", ".handshake_timeout: should be a number of seconds in [0.1,3600], not nan"),
        ("tls = { session_tickets = 'no' }", ".tls.session_tickets: expected true or false, not a text"),
        ("trusted_proxies = '10.0.0.0/8'", ".trusted_proxies: expected a list of texts, not a text"),
        ("trusted_proxies = { 1 }", ".trusted_proxies[1]: expected a text, not a number"),
        (
            "trusted_proxies = { '::1', 'a' }",
            ".trusted_proxies[2]: \"a\" is no network: expected an address in numbers, like 10.0.0.0/8"
        ),
        ("trusted_proxies = { a = '::1' }", ".trusted_proxies: expected a list of texts, not a table"),
        ("trusted_proxies = { [2] = '::1' }", ".trusted_proxies: 2 is not the next number of a list"),
        ("trusted_proxies = { [1.5] = '::1' }", ".trusted_proxies: a number cannot be a key"),
        ("trusted_proxies = include", ".trusted_proxies: a function cannot be configured"),
        ("forwarded_headers = 'all'", ".forwarded_headers: expected true, false or a list of texts, not a text"),
        (
            "forwarded_headers = { 'via' }",
            ".forwarded_headers[1]: should be one of \"x-forwarded-for\", \"x-real-ip\", \"forwarded\", not \"via\""
        ),
        (
            "websocket = { origins = { 'a' } }",
            ".websocket.origins[1]: \"a\" is no origin, expected one like https://game.example.org"
        ),
        (
            "websocket = { subprotocols = { 'a b' } }",
            ".websocket.subprotocols[1]: \"a b\" has a character no name may have"
        ),
        ("websocket = { headers = { 'a:' } }", ".websocket.headers[1]: \"a:\" has a character no name may have"),
        (
            "tls = { sni = { ['a b'] = {} } }",
            ".tls.sni[\"a b\"]: expected the name of a host, like game.example.org or *.example.org"
        ),
        ("tls = { sni = { a = {} } }", ".tls.sni.a: needs a certificate and its key"),
        ("tls = { certificate = 'PEM/a.pem' }", ".tls.certificate: a certificate needs its key in the same table"),
        ("tls = { key = 'PEM/a.key' }", ".tls.key: a key needs its certificate in the same table"),
        ("tls = { certificate = 'PEM/no' }", ".tls.certificate: PEM/no: No such file or directory"),
        (
            "proxy_protocol = 'required'",
            ".proxy_protocol: needs trusted_proxies, the networks whose headers are believed"
        ),
        (
            "forwarded_headers = true",
            ".forwarded_headers: needs trusted_proxies, the networks whose headers are believed"
        ),
        ("smallest_packet = 2, largest_packet = 1", ".smallest_packet: 2 is more than largest_packet = 1"),
        (
            "tls = { certificate = 'PEM/a.pem', key = 'PEM/a.key', minimum_version = '1.3', ciphers = 'HIGH' }",
            ".tls: ciphers is for TLS 1.2, and minimum_version = \"1.3\" leaves none of it"
        ),
        ("framing = '\\xff'", ".framing: the text is not UTF-8"),
        ("framing = 'a\\0'", ".framing: a zero byte in the text"),
    ])
    func `in the defaults`(lines: String, expected: String) {
        #expect(complaint(lines, at: "default") == expected)
    }

    @Test(arguments: [
        (
            "0.0.0.0:1", "framing = 'line', smallest_packet = 1",
            ".smallest_packet: lines (framing = \"line\") have no smallest length"
        ),
        (
            "0.0.0.0:1", "largest_packet = 65536",
            ".largest_packet: framing = \"u16be\" has packets of at most 65535 bytes, not 65536"
        ),
        ("0.0.0.0:1", "tls = {}", ".tls: is for tls and wss"),
        ("0.0.0.0:1", "websocket = {}", ".websocket: is for ws and wss"),
        ("tls://a:1", "forwarded_headers = true", ".forwarded_headers: is for ws and wss"),
        ("ws://a:1", "framing = 'u16be'", ".framing: is for tcp, tls and unix; a message of a WebSocket is a packet"),
        ("tls://a:1", "", ".tls: tls needs a certificate; set tls_certificate and tls_key"),
        ("wss://a:1", "tls = { alpn = {} }", ".tls: wss needs a certificate; set tls_certificate and tls_key"),
        ("ws://a:1", "address = 'ws://b'", ".address: the key of the table is an address already"),
        (
            "http://a:1", "",
            ": Invalid address http://a:1: unknown scheme \"http\", expected one of tcp, tls, ws, wss, unix"
        ),
        ("0.0.0.0", "", ": Invalid address 0.0.0.0."),
    ])
    func `of a listener`(address: String, lines: String, expected: String) {
        #expect(complaint(lines, at: address) == expected)
    }

    @Test(arguments: [
        ("listeners = { game = {} }", "config:1: listeners.game: a name needs an address = \"…\" in its table"),
        (
            "listeners = { defaults = {} }",
            "config:1: listeners.defaults: a name needs an address = \"…\" in its table; did you mean default?"
        ),
        ("listeners = { game = { address = 'game' } }", "config:1: listeners.game.address: Invalid address game."),
        ("listeners = { 1 }", "config:1: listeners: expected a table of keys, not a list"),
        ("listeners = { default = 1 }", "config:1: listeners.default: expected a table of keys, not a number"),
        (
            "listeners = {}\nlisteners.default = listeners",
            "config:2: listeners.default.default.default.default.default.default.default.default: tables are nested too deeply"
        ),
        (
            "listeners = { ['0.0.0.0:1'] = {},\n['tcp://:1'] = {} }",
            "config:2: listeners[\"tcp://:1\"]: tcp://:1 is configured already, as 0.0.0.0:1"
        ),
        ("listners = {}", "config:1: Invalid config table key = listners; did you mean listeners?"),
        ("connect = {}", "config:1: Invalid config table key = connect; did you mean connects?"),
        (
            "connects = { default = { framing = 'line' } }",
            "config:1: connects.default.framing: swiftgate does not know this key"
        ),
        ("connects = { ['a:1'] = { tls = {} } }", "config:1: connects[\"a:1\"].tls: is for tls and wss"),
        (
            "connects = { default = { tls = { verify = false, authority = 'PEM/ca.pem' } } }",
            "config:1: connects.default.tls.authority: is of no use with verify = false"
        ),
        ("tls_key = 'PEM/a.key'", "config:1: tls_key: a key needs its certificate, tls_certificate"),
        ("tls_certificate = 'PEM/a.pem'", "config:1: tls_certificate: a certificate needs its key, tls_key"),
        (
            "tls_certificate = 'PEM/a.pem'\ntls_key = 'PEM/no.key'",
            "config:2: tls_key: PEM/no.key: No such file or directory"
        ),
    ])
    func `in what is around`(lines: String, expected: String) {
        #expect(rig.failure(lines) == expected)
    }

    @Test func `a table of the file cannot be set by a word of the command line`() {
        let expected = "--set: listeners: is a table of the configuration file, and only plain keys can be set here"
        #expect(rig.failure("listeners = {}", overrides: ["listeners=1"]) == expected)
        #expect(
            rig.failure("", overrides: ["tls_key=PEM/a.key"])
                == "--set: tls_key: a key needs its certificate, tls_certificate"
        )
    }

    @Test func `the line is that of the key, wherever it stands in a long table`() {
        let lines = """
            -- listeners = { default = { framing = 1 } }
            text = "listeners = {"
            listeners = {
                default = { -- { not this
                    handshake_timeout = 1, --[[ nor
                    this }]] most_handshakes = (2 + 3) * f"}",
                    tls = {
                        alpn = { "a", [[b
            ]], "c" },
                    },
                },
                ["ws://0.0.0.0:1/"] = {
                    trusted_proxies = {
                        "::1",
                        "nobody",
                    },
                },
            }
            """
            .replacing("(2 + 3) * f\"}\"", with: "(2 + 3)")
        #expect(rig.failure(lines).hasPrefix("config:15: listeners[\"ws://0.0.0.0:1/\"].trusted_proxies[2]: "))
        #expect(
            rig.failure(lines.replacing("\"c\"", with: "5"))
                == "config:9: listeners.default.tls.alpn[3]: expected a text, not a number"
        )
        let steps = "listeners = {}\nlisteners.default = {\n}\n\nlisteners['default'].framing = 1"
        #expect(rig.failure(steps).hasPrefix("config:5: listeners.default.framing: "))
        let computed = "local all = {\nframing = 1 }\n\nlisteners = {\ndefault = all }"
        #expect(rig.failure(computed).hasPrefix("config:5: listeners.default.framing: "))
    }
}
