// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import SocketDriver

@Suite struct ProxyDecisionTests {
    private func decision(
        _ use: ListenerOptions.ProxyProtocol,
        _ text: String,
        from peer: String? = "10.0.0.1"
    ) throws -> ProxyDecision {
        var options = ListenerOptions()
        options.proxyProtocol = use
        options.trustedProxies = AddressNetworks([try AddressNetwork(parsing: "10.0.0.0/8")])
        return options.proxyDecision(Array(text.utf8), from: try peer.map { try #require(PackedAddress(numeric: $0)) })
    }

    private let header = "PROXY UNKNOWN\r\n"
    private let read = ProxyDecision.proceed(ProxyHeader(length: 15, source: .unknown))

    @Test func `where it is off nothing is looked at`() throws {
        for text in ["", "PROXY", header, "x"] { #expect(try decision(.off, text) == .proceed(nil)) }
    }

    @Test func `where it is optional a trusted proxy may send one`() throws {
        #expect(try decision(.optional, header + "x") == read)
        #expect(try decision(.optional, "x") == .proceed(nil))
        #expect(try decision(.optional, "") == .wait)
        #expect(try decision(.optional, "PROXY UNKNOWN\r") == .wait)
        guard case .refuse(.malformed) = try decision(.optional, "PROXY \r\n") else {
            Issue.record("a malformed header was let in")
            return
        }
    }

    @Test func `where it is optional a header of anybody else is forged, and his words are his own`() throws {
        let stranger = "203.0.113.7"
        #expect(try decision(.optional, header, from: stranger) == .refuse(.forged))
        #expect(try decision(.optional, "PROXYX", from: stranger) == .proceed(nil))
        #expect(try decision(.optional, "x", from: stranger) == .proceed(nil))
        #expect(try decision(.optional, "PRO", from: stranger) == .wait)
    }

    @Test func `where it is required only trusted proxies come in, and only with a header`() throws {
        #expect(try decision(.required, header) == read)
        #expect(try decision(.required, "") == .wait)
        #expect(try decision(.required, "x") == .refuse(.missing))
        #expect(try decision(.required, header, from: "203.0.113.7") == .refuse(.untrusted))
        #expect(try decision(.required, "", from: "203.0.113.7") == .refuse(.untrusted))
        #expect(try decision(.required, header, from: "::ffff:10.9.9.9") == read)
    }

    @Test func `the peer of a unix socket is trusted`() throws {
        #expect(try decision(.required, header, from: nil) == read)
        #expect(try decision(.optional, "x", from: nil) == .proceed(nil))
    }

    @Test func `a refusal says what was expected`() {
        #expect("\(ProxyDecision.Refusal.missing)" == "PROXY header required, and there is none")
        #expect("\(ProxyDecision.Refusal.malformed("x"))" == "PROXY header malformed: x")
    }
}
