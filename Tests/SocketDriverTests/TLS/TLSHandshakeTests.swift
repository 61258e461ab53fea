// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import Testing

@testable import SocketDriver

@Suite(.timeLimit(.minutes(2))) struct TLSHandshakeTests {
    private static let server = TLSOptions(certificates: [TestCertificates.certificate("server")])

    private static func facts(
        _ wire: TLSWire,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ConnectionFacts.TLS {
        let outcomes = wire.shake()
        #expect(outcomes == (.done, .done), sourceLocation: sourceLocation)
        return try #require(wire.server.stream.facts, sourceLocation: sourceLocation)
    }

    @Test(arguments: TLSOptions.Version.allCases)
    func `both agree however their bytes arrive`(version: TLSOptions.Version) throws {
        var options = Self.server
        if version == .v1_2 { options.cipherSuites = nil }
        options.minimumVersion = version
        let whole = try TLSWire(options)
        let facts = try Self.facts(whole)
        #expect(facts.version == "TLSv1.3" && facts.serverName == "localhost" && facts.peerSubject == nil)
        #expect(facts.cipher == "TLS_AES_256_GCM_SHA384" && facts.applicationProtocol == nil)
        #expect(whole.client.stream.facts?.peerSubject == "CN=server")
        for limit in [1, 2, 3, 5, 100] {
            let wire = try TLSWire(options)
            #expect(wire.shake(limit) == (.done, .done), "\(limit)")
        }
    }

    @Test func `a handshake may be split at any byte, and text comes with its end`() throws {
        let whole = try TLSWire(Self.server)
        whole.shake()
        for split in 0..<whole.sent {
            let wire = try TLSWire(Self.server)
            var left = split
            while wire.client.handshake() != .failed(""), left > 0 {
                let count = TLSWire.move(wire.fromClient, wire.fromServer, left)
                if count == 0 { break }
                left -= count
                #expect(wire.server.handshake() == .wantsRead, "\(split)")
                _ = TLSWire.move(wire.fromServer, wire.fromClient)
            }
            // The client's last words of the handshake and its first text arrive together.
            while wire.client.handshake() != .done {
                #expect(wire.carry())
                _ = wire.server.handshake()
            }
            #expect(wire.client.write("hello") == 5)
            wire.carry()
            #expect(wire.server.handshake() == .done)
            #expect(wire.server.readEdge() == .nothing)
            #expect(wire.server.received == Array("hello".utf8), "\(split)")
        }
    }

    @Test func `the certificate is chosen by the name that is asked for`() throws {
        var options = TLSOptions(certificates: [
            TestCertificates.certificate("server"), TestCertificates.certificate("wild"),
            TestCertificates.certificate("other", names: ["Other.Example.org.", "*.many.example.org"]),
        ])
        options.applicationProtocols = ["chat"]
        var client = TLSClientOptions.trusting
        client.applicationProtocols = ["http/1.1", "chat"]
        for (name, subject) in [
            ("localhost", "CN=server"), ("game.example.org", "CN=server"), ("a.wild.example.org", "CN=wild"),
            ("A.WILD.example.org", "CN=wild"), ("other.example.org", "CN=other"), ("127.0.0.1", "CN=server"),
            ("::1", "CN=server"),
        ] {
            let wire = try TLSWire(options, client, serverName: name)
            let facts = try Self.facts(wire)
            #expect(wire.client.stream.facts?.peerSubject == subject, "\(name)")
            #expect(facts.serverName == (TLSServerName.isAddress(name) ? nil : name))
            #expect(facts.applicationProtocol == "chat")
        }
        for name in ["a.b.wild.example.org", "wild.example.org", "unknown.org", "127.0.0.2", "a.many.example.org"] {
            let wire = try TLSWire(options, client, serverName: name)
            guard case .failed(let reason) = wire.shake().client else { return #expect(Bool(false), "\(name)") }
            let isAddress = TLSServerName.isAddress(name)
            #expect(reason == "certificate verify failed: \(isAddress ? "IP address" : "hostname") mismatch", "\(name)")
        }
        client.verifies = false
        let unverified = try TLSWire(options, client, serverName: "a.many.example.org")
        _ = try Self.facts(unverified)
        #expect(unverified.client.stream.facts?.peerSubject == "CN=other")
    }

    @Test func `a server is believed through its chain only`() throws {
        let chain = TLSOptions(certificates: [TestCertificates.certificate("chain")])
        _ = try Self.facts(try TLSWire(chain, serverName: "leaf.example.org"))
        let leaf = TLSOptions(certificates: [TestCertificates.certificate("leaf")])
        let outcomes = try TLSWire(leaf, serverName: "leaf.example.org").shake()
        #expect(outcomes.client == .failed("certificate verify failed: unable to get local issuer certificate"))
        #expect(outcomes.server == .failed("tlsv1 alert unknown ca"))
        // Without an authority of its own a client believes those of the system.
        let unknown = try TLSWire(chain, TLSClientOptions(), serverName: "leaf.example.org").shake()
        #expect(
            unknown.client == .failed("certificate verify failed: self-signed certificate in certificate chain")
                || unknown.client == .failed("certificate verify failed: unable to get local issuer certificate")
        )
    }

    @Test func `a client shows a certificate where it has to`() throws {
        func shake(
            _ mode: TLSOptions.ClientCertificates,
            _ certificate: String?
        ) throws -> (TLSStream.HandshakeOutcome, String?) {
            var options = Self.server
            options.clientCertificates = mode
            options.clientAuthority = TestCertificates.path("root.pem")
            var client = TLSClientOptions.trusting
            client.certificate = certificate.map { TestCertificates.certificate($0) }
            let wire = try TLSWire(options, client)
            return (wire.shake().server, wire.server.stream.facts?.peerSubject)
        }
        for mode in [TLSOptions.ClientCertificates.optional, .required] {
            #expect(try shake(mode, "player") == (.done, "CN=Zoë\\, the first,O=Guild"))
            #expect(
                try shake(mode, "impostor").0
                    == .failed("certificate verify failed: unable to get local issuer certificate")
            )
            #expect(
                try shake(mode, "misused").0 == .failed("certificate verify failed: unsuitable certificate purpose")
            )
        }
        #expect(try shake(.optional, nil) == (.done, nil))
        #expect(try shake(.required, nil).0 == .failed("peer did not return a certificate"))
        #expect(try shake(.none, "player") == (.done, nil))
    }

    @Test func `a client that offers only other protocols is refused`() throws {
        var options = Self.server
        options.applicationProtocols = ["chat"]
        var client = TLSClientOptions.trusting
        client.applicationProtocols = ["h2"]
        let outcomes = try TLSWire(options, client).shake()
        #expect(outcomes.server == .failed("no application protocol"))
        #expect(outcomes.client == .failed("tlsv1 alert no application protocol"))
        client.applicationProtocols = []
        #expect(try TLSWire(options, client).shake() == (.done, .done))
        #expect(try TLSWire(Self.server, client).shake() == (.done, .done))
    }

    @Test func `the server's list of ciphers decides`() throws {
        var options = Self.server
        options.cipherSuites = "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
        #expect(try Self.facts(try TLSWire(options)).cipher == "TLS_CHACHA20_POLY1305_SHA256")
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\0\u{5}hello", "\u{15}\u{3}\u{1}\0\u{2}\u{2}\0"])
    func `what is not TLS is refused`(text: String) throws {
        let wire = try TLSWire(Self.server)
        let bytes = Array(text.utf8)
        #expect(send(wire.fromServer, bytes, bytes.count, 0) == bytes.count)
        guard case .failed(let reason) = wire.server.handshake() else { return #expect(Bool(false)) }
        #expect(reason.hasPrefix("not TLS"))
        #expect(wire.server.handshake() == .failed(reason))
        #expect(wire.server.read() == .failed(reason))
        #expect(wire.server.write("x") == nil)
        #expect(wire.server.stream.facts == nil)
    }

    @Test func `a hello that is garbage inside is refused, and an end is told from a wait`() throws {
        var bytes: [UInt8] = [22, 3, 1, 0, 54, 1, 0, 0, 50, 3, 3] + [UInt8](repeating: 0xff, count: 48)
        let wire = try TLSWire(Self.server)
        #expect(wire.server.handshake() == .wantsRead)
        #expect(send(wire.fromServer, bytes, 20, 0) == 20)
        #expect(wire.server.handshake() == .wantsRead)
        bytes.removeFirst(20)
        #expect(send(wire.fromServer, bytes, bytes.count, 0) == bytes.count)
        guard case .failed = wire.server.handshake() else { return #expect(Bool(false)) }
        let leaving = try TLSWire(Self.server)
        #expect(leaving.server.handshake() == .wantsRead)
        shutdown(leaving.fromServer, Int32(SHUT_RDWR))
        #expect(leaving.server.handshake() == .failed("the peer closed the connection during the handshake"))
    }
}
