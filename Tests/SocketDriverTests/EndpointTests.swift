// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import SocketDriver

@Suite struct EndpointTests {
    private func refusal(_ text: String, _ port: Int? = nil) -> String {
        do throws(Endpoint.ParseError) {
            return "accepted as \(try Endpoint(parsing: text, port: port))"
        } catch {
            return error.description
        }
    }

    @Test func `a plain host is read as ever`() throws {
        #expect(try Endpoint(parsing: "0.0.0.0", port: 8888) == Endpoint(host: "0.0.0.0", port: 8888))
        #expect(try Endpoint(parsing: "::1", port: 0) == Endpoint(host: "::1", port: 0))
        #expect(try Endpoint(parsing: "", port: 1) == Endpoint(host: "", port: 1))
        #expect(try Endpoint(parsing: "a:b", port: 1) == Endpoint(host: "a:b", port: 1))
        #expect(try Endpoint(parsing: "localhost:80", port: nil) == Endpoint(host: "localhost", port: 80))
        #expect(try Endpoint(parsing: "[::1]:80", port: nil) == Endpoint(host: "::1", port: 80))
        #expect(try Endpoint(parsing: ":80", port: nil) == Endpoint(host: "", port: 80))
        #expect(try Endpoint(parsing: "localhost:0080", port: nil) == Endpoint(host: "localhost", port: 80))
        #expect(refusal("localhost") == "Invalid address localhost.")
        #expect(refusal("localhost:x") == "Invalid port in address localhost:x.")
        #expect(refusal("unix:/run/a") == "Invalid port in address unix:/run/a.")
        #expect(refusal("localhost", 65536) == "Invalid port")
        #expect(refusal("tcp://localhost", -1) == "Invalid port")
    }

    @Test(
        arguments: [
            ("tcp://0.0.0.0:8888", nil, Endpoint(.tcp, host: "0.0.0.0", port: 8888)),
            ("TCP://0.0.0.0", 8888, Endpoint(.tcp, host: "0.0.0.0", port: 8888)),
            ("tcp://0.0.0.0:8888/", 8888, Endpoint(.tcp, host: "0.0.0.0", port: 8888)),
            ("tcp://:0", nil, Endpoint(.tcp, host: "0.0.0.0", port: 0)),
            ("tls://game.example.org:443", nil, Endpoint(.tls, host: "game.example.org", port: 443)),
            ("tls://[::1]:443", nil, Endpoint(.tls, host: "::1", port: 443)),
            ("tls://[fe80::1%eth0]", 443, Endpoint(.tls, host: "fe80::1%eth0", port: 443)),
            ("ws://0.0.0.0", nil, Endpoint(.ws, host: "0.0.0.0", port: 80)),
            ("wss://0.0.0.0/", nil, Endpoint(.wss, host: "0.0.0.0", port: 443)),
            ("wss://0.0.0.0/", 8443, Endpoint(.wss, host: "0.0.0.0", port: 8443)),
            ("wss://:8443/a/b", nil, Endpoint(.wss, host: "0.0.0.0", port: 8443, resource: "/a/b")),
            ("ws://a/chat?room=1", 80, Endpoint(.ws, host: "a", port: 80, resource: "/chat?room=1")),
            ("ws://a?room=1:2@3", 80, Endpoint(.ws, host: "a", port: 80, resource: "/?room=1:2@3")),
            ("unix:///run/gate.sock", nil, Endpoint(.unix, host: "/run/gate.sock")),
            ("unix:///run/a?b#c@d", 8888, Endpoint(.unix, host: "/run/a?b#c@d")),
        ] as [(String, Int?, Endpoint)]
    )
    func `a URL says how the bytes travel`(text: String, port: Int?, expected: Endpoint) throws {
        #expect(try Endpoint(parsing: text, port: port) == expected)
    }

    @Test func `what an endpoint says of itself reads as the same endpoint`() throws {
        for text in [
            "tls://[::1]:443", "wss://a:1/b?c", "unix:///run/a", "ws://0.0.0.0:80/", "tls://a:1", "0.0.0.0:80",
        ] {
            #expect(try Endpoint(parsing: text, port: nil).description == text)
        }
    }

    @Test(
        arguments: [
            ("http://a:1", nil, "unknown scheme \"http\", expected one of tcp, tls, ws, wss, unix"),
            ("://a:1", nil, "unknown scheme \"\", expected one of tcp, tls, ws, wss, unix"),
            ("a:80://b", nil, "unknown scheme \"a:80\", expected one of tcp, tls, ws, wss, unix"),
            ("tcp://a", nil, "no port, expected one behind the host or as an argument"),
            ("tcp://a:1", 2, "its port is 1, but the argument says 2"),
            ("tcp://a:", nil, "expected a port from 0 to 65535 behind the host, not \":\""),
            ("tcp://a:65536", nil, "expected a port from 0 to 65535 behind the host, not \":65536\""),
            ("tcp://a:-1", nil, "expected a port from 0 to 65535 behind the host, not \":-1\""),
            ("tcp://[::1]80", nil, "expected a port from 0 to 65535 behind the host, not \"80\""),
            ("tcp://::1", 80, "an IPv6 address belongs in brackets"),
            ("tcp://[::1", 80, "the bracket is never closed"),
            ("tcp://[1.2.3.4]", 80, "expected an IPv6 address between the brackets"),
            ("tcp://[]", 80, "expected an IPv6 address between the brackets"),
            ("tcp://[::1%a b]", 80, "expected an IPv6 address between the brackets"),
            ("tcp://me@a", 80, "a user before the host is not supported"),
            ("ws://me:secret@a/", 80, "a user before the host is not supported"),
            ("tcp://a b", 80, "a host has letters, digits, dots, hyphens and underscores"),
            ("ws://a\r\nb/", 80, "a host has letters, digits, dots, hyphens and underscores"),
            ("ws://spi\u{e9}l/", 80, "a host has letters, digits, dots, hyphens and underscores"),
            ("tcp://a/b", 80, "only ws and wss have a path"),
            ("tls://a?b", 80, "only ws and wss have a path"),
            ("ws://a/b#c", 80, "a fragment is for browsers; leave it out"),
            ("ws://a#c", 80, "a fragment is for browsers; leave it out"),
            ("ws://a/b c", 80, "a path has visible ASCII only; write the rest with percent signs"),
            ("ws://a/b\r\nHost: c", 80, "a path has visible ASCII only; write the rest with percent signs"),
            ("ws://a/\u{e9}", 80, "a path has visible ASCII only; write the rest with percent signs"),
            ("unix://run/a", nil, "expected an absolute path, like unix:///run/gate.sock"),
            ("unix://", nil, "expected an absolute path, like unix:///run/gate.sock"),
            ("unix:///", nil, "expected an absolute path, like unix:///run/gate.sock"),
            ("unix:///a\0b", nil, "a zero byte in the path"),
        ] as [(String, Int?, String)]
    )
    func `a URL that is none is refused with its name and the reason`(text: String, port: Int?, reason: String) {
        #expect(refusal(text, port) == "Invalid address \(text): \(reason)")
    }

    @Test func `the path of a unix socket has a longest`() throws {
        let longest = "/" + String(repeating: "a", count: 106)
        #expect(try Endpoint(parsing: "unix://\(longest)", port: nil).host == longest)
        let expected = "Invalid address unix://\(longest)b: its path has 108 bytes, the system allows 107"
        #expect(refusal("unix://\(longest)b") == expected)
    }

    @Test func `a query is asked for, and not listened at`() throws {
        let endpoint = try Endpoint(parsing: "ws://a/b?c?d", port: 1)
        #expect(endpoint.path == "/b")
        #expect(endpoint.query == "c?d")
        let error = #expect(throws: Endpoint.ParseError.self) { try endpoint.checkForListening() }
        #expect(error?.description.hasPrefix("Invalid address ws://a:1/b?c?d: a listener answers for a path") == true)
        let plain = try Endpoint(parsing: "ws://a/b", port: 1)
        #expect(plain.query == nil)
        try plain.checkForListening()
    }
}
