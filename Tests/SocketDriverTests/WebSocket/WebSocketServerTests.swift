// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore
import NIOEmbedded
import Testing

@testable import SocketDriver

/// A channel in memory that waits for an upgrade.
final class UpgradeRig {
    let channel = EmbeddedChannel()
    let sink = EchoingSink()
    private(set) var results: [Result<WebSocketUpgrade, WebSocketRefusal>] = []

    init(resource: String = "/chat", _ options: WebSocketOptions = .forTests()) throws {
        try WebSocketServer.configure(channel, UpgradeRequest(resource: resource, options: options)) { [weak self] in
            self?.completed($0)
        }
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    /// For a client; `respond` makes the answer from the request.
    init(endpoint: Endpoint, _ options: WebSocketOptions = .forTests()) throws {
        try WebSocketClient.configure(channel, endpoint: endpoint, options: options) { [weak self] in
            self?.completed($0)
        }
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    deinit {
        channel.close(promise: nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    private func completed(_ result: Result<WebSocketUpgrade, WebSocketRefusal>) {
        results.append(result)
        guard case .success = result else { return }
        do { try channel.pipeline.syncOperations.addHandler(sink) } catch { Issue.record(error) }
    }

    func feed(_ bytes: [UInt8], piece: Int = .max) throws {
        var rest = bytes[...]
        while !rest.isEmpty, channel.isActive {
            try channel.writeInbound(ByteBuffer(bytes: rest.prefix(piece)))
            rest = rest.dropFirst(piece)
        }
        channel.embeddedEventLoop.run()
    }

    func feed(_ text: String, piece: Int = .max) throws { try feed(Array(text.utf8), piece: piece) }

    func output() throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return bytes
    }

    func text() throws -> String { String(decoding: try output(), as: UTF8.self) }

    var refusal: WebSocketRefusal? {
        guard results.count == 1, case .failure(let refusal)? = results.first else { return nil }
        return refusal
    }

    var upgrade: WebSocketUpgrade? {
        guard results.count == 1, case .success(let upgrade)? = results.first else { return nil }
        return upgrade
    }
}

/// The lines of an upgrade, some of them changed.
struct Upgrade {
    var line = "GET /chat HTTP/1.1"
    var headers = [
        "Host: server.example.com", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
    ]

    var text: String { ([line] + headers).map { $0 + "\r\n" }.joined() + "\r\n" }
    var bytes: [UInt8] { Array(text.utf8) }

    /// Takes out the headers of these names, and puts in others.
    func with(_ added: String..., without names: String...) -> Upgrade {
        var upgrade = self
        upgrade.headers.removeAll { header in names.contains { header.hasPrefix($0 + ":") } }
        upgrade.headers += added
        return upgrade
    }

    func with(line: String) -> Upgrade {
        var upgrade = self
        upgrade.line = line
        return upgrade
    }
}

@Suite struct WebSocketServerTests {
    private static let accepted = """
        HTTP/1.1 101 Switching Protocols\r
        Upgrade: websocket\r
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
        Connection: upgrade\r
        \r\n
        """

    @Test(arguments: [Int.max, 1, 10]) func `the request of RFC 6455 is accepted`(piece: Int) throws {
        let rig = try UpgradeRig()
        try rig.feed(Upgrade().bytes, piece: piece)
        #expect(try rig.text() == Self.accepted)
        #expect(rig.upgrade == WebSocketUpgrade(facts: .init(path: "/chat")))
        try rig.feed(RawFrame.binary([1, 2]).bytes)
        #expect(Answer.all(in: try rig.output()) == [.binary([1, 2])])
        #expect(rig.channel.isActive)
    }

    @Test(arguments: [Int.max, 1, 200]) func `frames right behind the request are not lost`(piece: Int) throws {
        let rig = try UpgradeRig()
        let frames = RawFrame.binary([1, 2]).bytes + RawFrame.ping([3]).bytes + RawFrame.binary([4]).bytes
        try rig.feed(Upgrade().bytes + frames, piece: piece)
        let bytes = try rig.output()
        #expect(bytes.starts(with: Self.accepted.utf8))
        let rest = Array(bytes.dropFirst(Self.accepted.utf8.count))
        #expect(Answer.all(in: rest) == [.binary([1, 2]), .pong([3]), .binary([4])])
    }

    @Test func `what the upgrade needed is gone behind it`() throws {
        let rig = try UpgradeRig()
        try rig.feed(Upgrade().text)
        let names = rig.channel.pipeline.debugDescription
        #expect(!names.contains("HTTP"))
        #expect(!names.contains("WebSocketServer"))
        #expect(names.contains("WebSocketMessages"))
    }

    @Test func `facts are what the request said`() throws {
        let options = WebSocketOptions.forTests {
            $0.keptHeaders = ["X-Token", "cookie", "x-none"]
            $0.subprotocols = ["second", "first"]
            $0.origins = ["https://game.example.com", "https://other.example.com"]
        }
        let rig = try UpgradeRig(options)
        let upgrade = Upgrade().with(
            "x-token: abc",
            "Cookie: a=1",
            "Cookie: b=2",
            "Sec-WebSocket-Protocol: first, third",
            "Sec-WebSocket-Protocol: second",
            "Origin: https://Game.example.com",
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
            "X-Forwarded-For: 1.2.3.4, 5.6.7.8",
            "x-forwarded-for: 9.9.9.9",
            "X-Real-IP: 1.2.3.4",
            "Forwarded: for=\"[2001:db8::1]\""
        )
        try rig.feed(upgrade.with(line: "GET /chat?room=7&x=%20? HTTP/1.1").text)
        let answer = try rig.text()
        #expect(answer.hasPrefix("HTTP/1.1 101 "))
        #expect(answer.contains("\r\nSec-WebSocket-Protocol: second\r\n"))
        #expect(!answer.lowercased().contains("extensions"))
        var expected = WebSocketUpgrade(facts: .init(path: "/chat"))
        expected.facts.query = "room=7&x=%20?"
        expected.facts.subprotocol = "second"
        expected.facts.headers = ["x-token": "abc", "cookie": "a=1, b=2"]
        #expect(rig.upgrade == expected)
    }

    static let variants: [Upgrade] = [
        Upgrade().with("Connection: keep-alive, Upgrade", without: "Connection"),
        Upgrade().with("connection: keep-alive", "connection: UPGRADE", without: "Connection"),
        Upgrade().with("Upgrade: h2c, WebSocket", without: "Upgrade"),
        Upgrade().with("Sec-WebSocket-Protocol: nobody-speaks-it"),
        Upgrade().with("Content-Length: 0"),
        Upgrade().with(line: "GET http://server.example.com/chat HTTP/1.1"),
        Upgrade().with(line: "GET WS://server.example.com/chat?a HTTP/1.1"),
        Upgrade().with("Host: [::1]:80", without: "Host"),
    ]

    @Test(arguments: variants.map(\.text)) func `a request may say it in other words`(text: String) throws {
        let rig = try UpgradeRig()
        try rig.feed(text + "\u{FF}")
        #expect(try rig.text().hasPrefix("HTTP/1.1 101 "))
        #expect(rig.upgrade?.facts.subprotocol == nil)
    }

    @Test func `a path may be empty of everything but a slash`() throws {
        let rig = try UpgradeRig(resource: "/")
        try rig.feed(Upgrade().with(line: "GET http://server.example.com HTTP/1.1").text)
        #expect(rig.upgrade?.facts.path == "/")
    }

    // MARK: Refusals

    struct Refused: CustomTestStringConvertible {
        let bytes: [UInt8]
        let status: Int
        let reason: WebSocketRefusal.Reason
        var header: String?

        init(_ upgrade: Upgrade, _ status: Int, _ reason: WebSocketRefusal.Reason, _ header: String? = nil) {
            self.init(upgrade.text, status, reason, header)
        }

        init(_ text: String, _ status: Int, _ reason: WebSocketRefusal.Reason, _ header: String? = nil) {
            bytes = Array(text.utf8)
            self.status = status
            self.reason = reason
            self.header = header
        }

        var testDescription: String {
            "\(status) \(reason.rawValue): \(String(decoding: bytes.prefix(60), as: UTF8.self))"
        }
    }

    private static let base = Upgrade()
    static let refused: [Refused] = [
        Refused(base.with(without: "Host"), 400, .badHost),
        Refused(base.with("Host: "), 400, .badHost),
        Refused(base.with("Host: a", "Host: b", without: "Host"), 400, .badHost),
        Refused(base.with("Host: ", without: "Host"), 400, .badHost),
        Refused(base.with(line: "GET /Chat HTTP/1.1"), 404, .wrongPath),
        Refused(base.with(line: "GET /chat/ HTTP/1.1"), 404, .wrongPath),
        Refused(base.with(line: "GET / HTTP/1.1"), 404, .wrongPath),
        Refused(base.with(line: "GET * HTTP/1.1"), 400, .badTarget),
        Refused(base.with(line: "GET /chat#part HTTP/1.1"), 400, .badTarget),
        Refused(base.with(line: "POST /chat HTTP/1.1").with("Content-Length: 3"), 405, .wrongMethod, "Allow: GET"),
        Refused(base.with(line: "HEAD /chat HTTP/1.1"), 405, .wrongMethod, "Allow: GET"),
        Refused(base.with(line: "CONNECT server:80 HTTP/1.1"), 405, .wrongMethod, "Allow: GET"),
        Refused(base.with(line: "GET /chat HTTP/1.0"), 505, .wrongHTTPVersion),
        Refused(base.with(line: "GET /chat HTTP/2.0"), 505, .wrongHTTPVersion),
        Refused(base.with(line: "GET /chat HTTP/0.9"), 505, .wrongHTTPVersion),
        Refused(base.with("Content-Length: 5"), 400, .unexpectedBody),
        Refused(base.with("Transfer-Encoding: chunked"), 400, .unexpectedBody),
        Refused(base.with(without: "Upgrade"), 426, .notAnUpgrade, "Upgrade: websocket"),
        Refused(base.with("Upgrade: h2c", without: "Upgrade"), 426, .notAnUpgrade, "Sec-WebSocket-Version: 13"),
        Refused(
            base.with("Connection: keep-alive", without: "Connection"),
            426,
            .notAnUpgrade,
            "Connection: Upgrade, close"
        ),
        Refused(
            base.with("Sec-WebSocket-Version: 8", without: "Sec-WebSocket-Version"),
            426,
            .wrongVersion,
            "Sec-WebSocket-Version: 13"
        ),
        Refused(base.with(without: "Sec-WebSocket-Version"), 426, .wrongVersion),
        Refused(base.with("Sec-WebSocket-Version: 13"), 426, .wrongVersion),
        Refused(base.with(without: "Sec-WebSocket-Key"), 400, .badKey),
        Refused(base.with("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), 400, .badKey),
        Refused(base.with("Sec-WebSocket-Key: c2hvcnQ=", without: "Sec-WebSocket-Key"), 400, .badKey),
        Refused(base.with("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j*Q==", without: "Sec-WebSocket-Key"), 400, .badKey),
        Refused("nonsense\r\n\r\n", 400, .notHTTP),
        Refused("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\n\n", 400, .notHTTP),
        Refused("GET /chat\r\n\r\n", 505, .wrongHTTPVersion),
        Refused("GET /chat HTTP/1.1\nHost: a\n\n", 505, .wrongHTTPVersion),
        Refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, .notHTTP),
        Refused("GET /chat HTTP/1.1\r\nHost : a\r\n\r\n", 400, .notHTTP),
        Refused("GET /chat HTTP/1.1\r\n: a\r\n\r\n", 400, .notHTTP),
        Refused("GET /chat HTTP/1.1\r\nHost: a\u{0}b\r\n\r\n", 400, .notHTTP),
        Refused("GET /" + String(repeating: "a", count: 8192), 414, .requestLineTooLong),
        Refused(base.with("X: " + String(repeating: "a", count: 16384)), 431, .headersTooLarge),
        Refused("GET /chat HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 101) + "\r\n", 431, .headersTooLarge),
    ]

    @Test(arguments: refused, [Int.max, 1])
    func `what is no upgrade gets a proper answer and the end`(refused: Refused, piece: Int) throws {
        let rig = try UpgradeRig()
        try rig.feed(refused.bytes + Array("GET / HTTP/1.1\r\n\r\n".utf8), piece: piece)
        let answer = try rig.text()
        #expect(answer.hasPrefix("HTTP/1.1 \(refused.status) "), "\(answer)")
        #expect(rig.refusal?.reason == refused.reason)
        if let header = refused.header { #expect(answer.contains("\r\n\(header)\r\n"), "\(answer)") }
        #expect(answer.components(of: "HTTP/1.1 ") == 1)
        #expect(answer.contains("close\r\n"))
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
        #expect(parts.count == 2 && answer.contains("Content-Length: \(parts[1].utf8.count)\r\n"), "\(answer)")
        #expect(!rig.channel.isActive)
    }

    @Test func `a browser of another origin is refused, a program without one is not`() throws {
        let options = WebSocketOptions.forTests { $0.origins = ["https://game.example.com"] }
        for (upgrade, reason) in [
            (Upgrade().with("Origin: https://evil.example.com"), WebSocketRefusal.Reason.wrongOrigin),
            (Upgrade().with("Origin: null"), .wrongOrigin),
            (Upgrade().with("Origin: https://game.example.com.evil.org"), .wrongOrigin),
            (Upgrade().with("Origin: https://game.example.com", "Origin: https://evil.example.com"), .wrongOrigin),
            (Upgrade().with("Origin: https://game.example.com"), nil),
            (Upgrade(), nil),
        ] {
            let rig = try UpgradeRig(options)
            try rig.feed(upgrade.text)
            #expect(rig.refusal?.reason == reason)
            #expect(try rig.text().hasPrefix(reason == nil ? "HTTP/1.1 101 " : "HTTP/1.1 403 "))
        }
    }

    @Test func `what a client says cannot write lines of its own into a log`() throws {
        let rig = try UpgradeRig()
        try rig.feed(Upgrade().with(line: "GET /\u{1B}[31mé" + String(repeating: "b", count: 500) + " HTTP/1.1").text)
        let sentence = rig.refusal?.sentence ?? ""
        #expect(sentence.count < 120)
        #expect(sentence.utf8.allSatisfy { $0 >= 0x20 })
    }

    @Test func `a client that goes before it is a WebSocket is told of once`() throws {
        for text in ["", "GET /chat HT", Upgrade().text] {
            let rig = try UpgradeRig()
            try rig.channel.writeInbound(ByteBuffer(string: text))
            rig.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            rig.channel.embeddedEventLoop.run()
            #expect(rig.results.count == 1)
            #expect(rig.refusal != nil)
            #expect(!rig.channel.isActive)
            let other = try UpgradeRig()
            try other.channel.writeInbound(ByteBuffer(string: text))
            other.channel.close(promise: nil)
            other.channel.embeddedEventLoop.run()
            #expect(other.refusal?.reason == .disconnected)
        }
    }
}

extension String {
    fileprivate func components(of part: String) -> Int {
        split(separator: part, omittingEmptySubsequences: false).count - 1
    }
}
