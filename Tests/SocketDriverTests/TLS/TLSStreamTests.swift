// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import COpenSSL
import Glibc
import Testing

@testable import SocketDriver

@Suite(.timeLimit(.minutes(2))) struct TLSStreamTests {
    /// Two ends that have shaken hands.
    private static func wire(buffer: Int32? = nil, target: Int = 65536, scratch: Int = 65536) throws -> TLSWire {
        let wire = try TLSWire(buffer: buffer, target: target, scratch: scratch)
        #expect(wire.shake() == (.done, .done))
        return wire
    }

    /// A server and a foreign client that have shaken hands over a pair of sockets.
    private static func foreign(
        version: Int32 = TLS1_3_VERSION,
        _ context: TLSContext? = nil,
        session: OpaquePointer? = nil
    ) throws -> (TLSEnd, RawTLSClient, Int32) {
        let (ours, theirs) = TLSWire.pair()
        let options = TLSOptions(certificates: [TestCertificates.certificate("server")])
        let server = try TLSEnd(context ?? TLSContext(options), ours)
        let client = RawTLSClient(theirs, version: version, session: session)
        for _ in 0..<10 where !client.handshake() { _ = server.handshake() }
        #expect(server.handshake() == .done)
        return (server, client, theirs)
    }

    private static func failure(_ outcome: TLSStream.ReadOutcome) -> String? {
        if case .failed(let reason) = outcome { reason } else { nil }
    }

    @Test(arguments: [(65536, 65536), (1, 65536), (65536, 1), (100, 7), (16384, 16384), (20000, 33000)])
    func `text arrives whole whatever the buffers`(target: Int, scratch: Int) throws {
        let wire = try Self.wire(target: target, scratch: scratch)
        let text = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        #expect(wire.client.write(text) == text.count)
        var reads = 0
        while wire.carry(1 << 16) {
            wire.server.readEdge()
            reads += 1
        }
        #expect(wire.server.received == text && reads > 0)
        #expect(wire.server.read() == .nothing)
        #expect(wire.server.write("") == 0)
        #expect(wire.server.write("answer") == 6)
        wire.carry()
        #expect(wire.client.read() == .read(6, mayHaveMore: false))
    }

    @Test func `one byte at a time is nothing until it is all`() throws {
        let wire = try Self.wire()
        #expect(wire.client.write("hello") == 5)
        while wire.carry(1) {
            let outcome = wire.server.read()
            #expect(outcome == .nothing || outcome == .read(5, mayHaveMore: false))
        }
        #expect(wire.server.received == Array("hello".utf8))
    }

    @Test func `what a slow peer does not take is offered again`() throws {
        let wire = try Self.wire(buffer: 8192)
        let text = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
        var rest = text[...]
        var refusals = 0
        while !rest.isEmpty {
            let count = try #require(wire.server.write(Array(rest.prefix(70_000))))
            rest = rest.dropFirst(count)
            if count < 70_000 {
                refusals += 1
                wire.carry(4096)
                wire.client.readEdge()
            }
        }
        #expect(refusals > 10 && !wire.server.stream.isBlocked)
        while wire.carry(4096) { wire.client.readEdge() }
        #expect(wire.client.received == text)
    }

    @Test func `what is offered again may be shorter than before`() throws {
        let wire = try Self.wire(buffer: 4096)
        let text = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        var done = 0
        var size = 1
        while done < text.count {
            size = size % 20_000 * 3 + 1
            done += try #require(wire.server.write(Array(text[done...].prefix(size))))
            if wire.server.stream.isBlocked { #expect(wire.server.write("") == 0) }
            wire.carry(4096)
            wire.client.readEdge()
        }
        while wire.carry(4096) { wire.client.readEdge() }
        #expect(wire.client.received == text)
    }

    // MARK: Ends

    @Test func `a farewell is an end, and the other direction goes on`() throws {
        let wire = try Self.wire()
        #expect(wire.client.write("bye") == 3)
        #expect(wire.client.stream.closeNotify() && wire.client.stream.closeNotify())
        #expect(wire.client.write("more") == nil)
        wire.carry()
        #expect(wire.server.read() == .read(3, mayHaveMore: true))
        #expect(wire.server.read() == .endOfStream && wire.server.read() == .endOfStream)
        #expect(wire.server.write("late") == 4)
        #expect(wire.server.stream.closeNotify())
        wire.carry()
        #expect(wire.client.readEdge() == .endOfStream)
        #expect(wire.client.received == Array("late".utf8))
    }

    @Test func `a cut stream is told from an ended one`() throws {
        let wire = try Self.wire()
        #expect(wire.client.write("half of what") == 12)
        wire.carry()
        shutdown(wire.fromServer, Int32(SHUT_WR))
        #expect(wire.server.read() == .read(12, mayHaveMore: false))
        #expect(wire.server.read() == .truncated && wire.server.read() == .truncated)
        let torn = try Self.wire()
        #expect(torn.client.write("torn") == 4)
        torn.carry(10)
        shutdown(torn.fromServer, Int32(SHUT_WR))
        #expect(torn.server.read() == .truncated)
    }

    @Test func `a peer that is gone raises no signal`() throws {
        let wire = try Self.wire()
        shutdown(wire.fromServer, Int32(SHUT_RDWR))
        #expect(wire.server.write("anybody there?") == nil)
        #expect(Self.failure(wire.server.read()) != nil || wire.server.read() == .truncated)
        // There is nothing to wait for.
        #expect(wire.server.stream.closeNotify())
    }

    @Test func `a record that was changed on its way fails the stream`() throws {
        let wire = try Self.wire()
        #expect(wire.client.write("hello") == 5)
        var bytes = [UInt8](repeating: 0, count: 1000)
        let count = recv(wire.fromClient, &bytes, 1000, 0)
        bytes[count - 1] ^= 1
        #expect(send(wire.fromServer, bytes, count, 0) == count)
        #expect(wire.server.read() == .failed("decryption failed or bad record mac"))
        #expect(wire.server.stream.failure == "decryption failed or bad record mac")
        #expect(wire.server.write("x") == nil)
        wire.carry()
        #expect(wire.client.read() == .failed("sslv3 alert bad record mac"))
    }

    @Test func `what comes before an error is delivered`() throws {
        let wire = try Self.wire()
        #expect(wire.client.write("hello") == 5)
        wire.carry()
        #expect(send(wire.fromServer, "no record at all", 16, 0) == 16)
        #expect(wire.server.read() == .read(5, mayHaveMore: true))
        #expect(Self.failure(wire.server.read()) != nil)
    }

    // MARK: What a peer may not do

    @Test func `new keys are taken over, without end they are not`() throws {
        let (server, client, descriptor) = try Self.foreign()
        defer { close(descriptor) }
        for round in 0..<200 {
            #expect(client.updateKeys() && client.write("round \(round)"))
            server.readEdge()
            #expect(String(decoding: server.takeReceived(), as: UTF8.self) == "round \(round)")
            #expect(server.write("answer \(round)") != nil)
            #expect(client.read() == "answer \(round)")
        }
        var outcome = TLSStream.ReadOutcome.nothing
        for _ in 0..<200 where outcome == .nothing && client.updateKeys() { outcome = server.read() }
        #expect(Self.failure(outcome) == "the peer sends one handshake message or warning after the other")
    }

    @Test func `a peer that only asks for new handshakes is dropped`() throws {
        let (server, client, descriptor) = try Self.foreign(version: TLS1_2_VERSION)
        defer { close(descriptor) }
        #expect(client.write("hello"))
        #expect(server.readEdge() != .endOfStream && server.takeReceived().count == 5)
        #expect(server.stream.facts?.version == "TLSv1.2")
        client.renegotiate()
        let first = server.read()
        #expect(first == .nothing || Self.failure(first) != nil)
        #expect(client.read() == nil)
    }

    @Test(arguments: [TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION])
    func `a version below the minimum is refused`(version: Int32) throws {
        var options = TLSOptions(certificates: [TestCertificates.certificate("server")])
        options.minimumVersion = version == TLS1_2_VERSION ? .v1_3 : .v1_2
        let (ours, theirs) = TLSWire.pair()
        defer { close(theirs) }
        let server = try TLSEnd(TLSContext(options), ours)
        let client = RawTLSClient(theirs, version: version)
        #expect(!client.handshake())
        #expect(server.handshake() == .failed("unsupported protocol"))
        close(ours)
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `a session is taken up again where that is allowed`(version: Int32) throws {
        for allowed in [true, false] {
            var options = TLSOptions(certificates: [
                TestCertificates.certificate("server"), TestCertificates.certificate("other"),
            ])
            options.sessionTickets = allowed
            options.clientCertificates = .optional
            options.clientAuthority = TestCertificates.path("root.pem")
            let context = try TLSContext(options)
            var earlier: OpaquePointer?
            for round in 0..<3 {
                let (server, client, descriptor) = try Self.foreign(version: version, context, session: earlier)
                #expect(server.stream.isResumed == (allowed && round > 0))
                #expect(server.write("ticket before this") != nil && client.read() != nil)
                if let earlier { SSL_SESSION_free(earlier) }
                earlier = client.resumable
                close(descriptor)
                close(server.descriptor)
            }
            SSL_SESSION_free(earlier)
        }
    }

    @Test func `complaints that others left on the thread disturb nobody`() throws {
        let wire = try Self.wire()
        func complain() { _ = SSL_CTX_use_PrivateKey_file(nil, "/nowhere", SSL_FILETYPE_PEM) }
        complain()
        #expect(wire.server.read() == .nothing)
        complain()
        #expect(wire.client.write("hello") == 5)
        wire.carry()
        complain()
        #expect(wire.server.readEdge() == .read(5, mayHaveMore: false))
        ERR_clear_error()
    }
}
