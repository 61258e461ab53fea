// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import SocketDriver

@Suite struct ForwardedHeadersTests {
    /// The client in words, for a peer whose network is trusted like 10.0.0.0/8 and fd00::/8.
    private func client(
        _ headers: [(String, String)],
        believed: Set<ForwardedHeader> = Set(ForwardedHeader.allCases),
        peer: String = "10.0.0.1"
    ) throws -> String {
        let trusted = AddressNetworks(try ["10.0.0.0/8", "fd00::/8"].map(AddressNetwork.init(parsing:)))
        let forwarded = ForwardedHeaders(believed: believed, trusted: trusted)
        let address = try #require(PackedAddress(numeric: peer, port: 9))
        switch forwarded.client(headers: headers.map { (name: $0.0, value: $0.1) }, peer: address) {
        case .peer: return "peer"
        case .address(let address): return "\(address.host):\(address.port)"
        case .refused(let reason): return "refused: \(reason)"
        }
    }

    @Test(arguments: [
        ("203.0.113.7", "203.0.113.7:0"), (" 203.0.113.7 ", "203.0.113.7:0"), ("203.0.113.7:4711", "203.0.113.7:4711"),
        ("2001:db8::1", "2001:db8::1:0"), ("[2001:db8::1]", "2001:db8::1:0"), ("[2001:db8::1]:80", "2001:db8::1:80"),
        ("198.51.100.9, 203.0.113.7", "203.0.113.7:0"), ("198.51.100.9, 203.0.113.7, 10.0.0.2", "203.0.113.7:0"),
        ("203.0.113.7,10.1.1.1,fd00::1,10.2.2.2", "203.0.113.7:0"), ("10.0.0.9, 10.0.0.2", "10.0.0.9:0"),
        ("10.0.0.3, 203.0.113.7", "203.0.113.7:0"), ("rubbish, 203.0.113.7", "203.0.113.7:0"),
        ("\" , ;=, 203.0.113.7, 10.0.0.2", "203.0.113.7:0"), (",, 203.0.113.7 ,", "203.0.113.7:0"), ("", "peer"),
        (" , ", "peer"), ("unknown", "peer"), ("203.0.113.7, unknown", "peer"),
        ("203.0.113.7, _a, 10.0.0.2", "10.0.0.2:0"),
    ])
    func `X-Forwarded-For is read from the right, past the trusted`(value: String, expected: String) throws {
        #expect(try client([("X-Forwarded-For", value)]) == expected)
    }

    @Test(arguments: [
        "rubbish", "203.0.113.7, rubbish", "203.0.113.7, rubbish, 10.0.0.2", "203.0.113", "203.0.113.256", "[::1",
        "::1]",
        "[203.0.113.7]", "203.0.113.7:", "203.0.113.7:65536", "203.0.113.7:080", "2001:db8::1::2", "203.0.113.7 80",
        "_",
        "203.0.113.7:80:90", "example.org", "0203.0.113.7",
    ])
    func `X-Forwarded-For that a trusted proxy got wrong is refused`(value: String) throws {
        #expect(try client([("x-forwarded-for", value)]).hasPrefix("refused: x-forwarded-for: \""))
    }

    @Test func `several lines of a header are one`() throws {
        let headers = [
            ("X-Forwarded-For", "198.51.100.9"), ("Host", "a"), ("x-forwarded-for", "203.0.113.7, 10.0.0.2"),
        ]
        #expect(try client(headers) == "203.0.113.7:0")
        let forwarded = [("Forwarded", "for=198.51.100.9"), ("Forwarded", "for=203.0.113.7")]
        #expect(try client(forwarded) == "203.0.113.7:0")
    }

    @Test func `X-Real-IP is one address`() throws {
        #expect(try client([("X-Real-IP", "203.0.113.7")]) == "203.0.113.7:0")
        #expect(try client([("X-Real-IP", "10.0.0.2")]) == "peer")
        #expect(try client([("X-Real-IP", "203.0.113.7, 10.0.0.2")]).hasPrefix("refused: x-real-ip: "))
        #expect(try client([("X-Real-IP", "a"), ("X-Real-IP", "b")]) == "refused: x-real-ip: 2 of them")
    }

    @Test(arguments: [
        ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60:0"),
        ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17:4711"),
        ("for=192.0.2.43, for=198.51.100.17", "198.51.100.17:0"), ("for=192.0.2.43, for=10.0.0.2", "192.0.2.43:0"),
        ("for=\"192.0.2.43:47011\"", "192.0.2.43:47011"), ("for=192.0.2.43:47011", "192.0.2.43:47011"),
        ("for=[2001:db8::1]", "2001:db8::1:0"), ("for=\"192.0.2.43:_secret\"", "192.0.2.43:0"), ("for=unknown", "peer"),
        ("for=\"_gazonk\"", "peer"), ("for=_SEVKISEK, for=10.0.0.2", "10.0.0.2:0"), ("proto=https", "peer"),
        ("", "peer"),
        ("by=\"a,b;for=9.9.9.9\";for=192.0.2.1", "192.0.2.1:0"), ("by=\"\\\"\";for=\"192.0.2.\\1\"", "192.0.2.1:0"),
        (" for=192.0.2.1 ; proto=http ,, ", "192.0.2.1:0"), ("for=rubbish, for=192.0.2.1", "192.0.2.1:0"),
        ("for=\"unknown:80\"", "peer"), ("for=192.0.2.1;", "192.0.2.1:0"),
    ])
    func `Forwarded is read as RFC 7239 writes it`(value: String, expected: String) throws {
        #expect(try client([("Forwarded", value)]) == expected)
    }

    @Test(arguments: [
        "for=", "for", "for=;proto=http", "for=a b", "=a", "for==a", "for=\"192.0.2.1", "for=\"192.0.2.1\\",
        "for=\"evil, for=192.0.2.1", "for=192.0.2.1;for=192.0.2.2", "for=\"2001:db8::1\"", "for=\"[2001:db8::1\"",
        "for=\"[192.0.2.1]\"", "for=example", "for=192.0.2.1 by=a", "for=\"192.0.2.1\"x", "for=192.0.2.1/24", "{}",
        "for=\"192.0.2.1:99999\"", "for=\"\"",
    ])
    func `Forwarded that cannot be read is refused with its reason`(value: String) throws {
        #expect(try client([("Forwarded", value)]).hasPrefix("refused: forwarded: "))
    }

    @Test func `nobody else is believed`() throws {
        let headers = [("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "rubbish"), ("X-Real-IP", "rubbish")]
        #expect(try client(headers, peer: "203.0.113.1") == "peer")
        #expect(try client(headers, believed: []) == "peer")
        #expect(try client(headers, believed: [.xForwardedFor]) == "203.0.113.7:0")
        #expect(try client(headers, believed: [.xForwardedFor], peer: "::ffff:10.0.0.1") == "203.0.113.7:0")
    }

    @Test func `headers that contradict each other are refused`() throws {
        let forged = [("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=198.51.100.1")]
        #expect(try client(forged) == "refused: forwarded: 198.51.100.1, but another header says 203.0.113.7")
        let agreed = [
            ("X-Forwarded-For", "203.0.113.7:80"), ("Forwarded", "for=203.0.113.7"), ("X-Real-IP", "10.0.0.2"),
        ]
        #expect(try client(agreed) == "203.0.113.7:80")
    }

    @Test func `a long list costs what it is long`() throws {
        let many = String(repeating: "10.0.0.2, ", count: 10_000)
        #expect(try client([("X-Forwarded-For", "203.0.113.7, \(many)10.0.0.3")]) == "203.0.113.7:0")
        #expect(try client([("Forwarded", String(repeating: "for=10.0.0.2,", count: 10_000))]) == "10.0.0.2:0")
    }
}
