// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

@testable import SocketDriver

/// A run of the `openssl` command that a test talks to.
final class OpenSSLCommand {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private(set) var said = ""

    init(_ arguments: [String]) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    deinit { if process.isRunning { process.terminate() } }

    func say(_ text: String) { input.fileHandleForWriting.write(Data(text.utf8)) }

    /// Waits until it has said something; false when it ends without.
    func hears(_ text: String) -> Bool {
        while !said.contains(text) {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { return false }
            said += String(decoding: data, as: UTF8.self)
        }
        return true
    }

    func status() -> Int32 {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        return process.terminationStatus
    }
}

extension TLSEnd {
    /// Waits until the peer has sent something.
    private func wait() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&entry, 1, 10_000)
    }

    func finishHandshake() -> TLSStream.HandshakeOutcome {
        while true {
            let outcome = handshake()
            guard outcome == .wantsRead else { return outcome }
            wait()
        }
    }

    /// What the peer says up to the end of a line, or nothing when it ends before.
    func line() -> String? {
        while received.last != 10 {
            switch readEdge() {
            case .nothing: wait()
            case .read: continue
            default: return nil
            }
        }
        return String(decoding: takeReceived(), as: UTF8.self)
    }

    func lastRead() -> TLSStream.ReadOutcome {
        while true {
            let outcome = readEdge()
            if outcome == .nothing { wait() } else { return outcome }
        }
    }
}

/// With OpenSSL's own commands at the other end of a connection over loopback.
@Suite(.timeLimit(.minutes(2))) struct TLSForeignTests {
    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func `s_client talks to a server`(version: String) throws {
        let listener = PeerListener()
        var options = TLSOptions(certificates: [
            TestCertificates.certificate("other"), TestCertificates.certificate("server"),
        ])
        options.applicationProtocols = ["chat"]
        options.clientCertificates = .required
        options.clientAuthority = TestCertificates.path("root.pem")
        let client = try OpenSSLCommand([
            "s_client", "-connect", "127.0.0.1:\(listener.port)", version, "-servername", "game.example.org",
            "-verify_hostname", "game.example.org", "-CAfile", TestCertificates.path("root.pem"),
            "-verify_return_error", "-alpn", "h2,chat", "-cert", TestCertificates.path("player.pem"), "-key",
            TestCertificates.path("player.key"),
        ])
        let peer = try listener.accept()
        #expect(SystemCalls.stopBlocking(peer.descriptor))
        let server = try TLSEnd(TLSContext(options), peer.descriptor)
        #expect(server.finishHandshake() == .done)
        let facts = try #require(server.stream.facts)
        #expect(facts.version == (version == "-tls1_2" ? "TLSv1.2" : "TLSv1.3"))
        #expect(facts.serverName == "game.example.org" && facts.applicationProtocol == "chat")
        #expect(facts.peerSubject == "CN=Zoë\\, the first,O=Guild")
        client.say("hello\n")
        #expect(server.line() == "hello\n")
        #expect(server.write("HELLO\n") == 6)
        #expect(client.hears("HELLO") && client.hears("Verify return code: 0 (ok)"))
        if version == "-tls1_3" {
            client.say("K\n")
            #expect(client.hears("KEYUPDATE"))
        } else {
            #expect(client.hears("Secure Renegotiation IS supported") && client.hears("Compression: NONE"))
        }
        client.say("again\n")
        #expect(server.line() == "again\n")
        #expect(server.write("AGAIN\n") == 6)
        #expect(client.hears("AGAIN"))
        client.say("Q\n")
        #expect(server.lastRead() == .endOfStream)
        #expect(server.stream.closeNotify())
        #expect(client.status() == 0)
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func `s_server answers a client`(version: String) throws {
        let server = try OpenSSLCommand([
            "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", version, "-rev", "-cert",
            TestCertificates.path("server.pem"), "-key", TestCertificates.path("server.key"), "-Verify", "1",
            "-verify_return_error", "-CAfile", TestCertificates.path("root.pem"), "-alpn", "chat",
        ])
        #expect(server.hears("ACCEPT 127.0.0.1:") && server.hears("\n"))
        let port = try #require(server.said.firstMatch(of: /ACCEPT 127\.0\.0\.1:(\d+)/)?.1)
        let peer = try Peer(port: try #require(Int32(port)))
        #expect(SystemCalls.stopBlocking(peer.descriptor))
        var options = TLSClientOptions.trusting
        options.certificate = TestCertificates.certificate("player")
        options.applicationProtocols = ["chat"]
        let client = try TLSEnd(TLSContext(options), peer.descriptor, serverName: "127.0.0.1")
        #expect(client.finishHandshake() == .done)
        #expect(client.stream.facts?.applicationProtocol == "chat")
        #expect(client.stream.facts?.peerSubject == "CN=server")
        #expect(client.write("olleh\n") == 6)
        #expect(client.line() == "hello\n")
        #expect(client.stream.closeNotify())
        #expect(client.lastRead() == .endOfStream)
    }
}
