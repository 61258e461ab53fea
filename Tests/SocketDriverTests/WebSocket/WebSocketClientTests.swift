// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore
import NIOEmbedded
import Testing

@testable import SocketDriver

@Suite struct WebSocketClientTests {
    private static let endpoint = Endpoint(.ws, host: "server.example.com", port: 8080, resource: "/chat?room=7")

    private func header(_ name: String, _ text: String) -> String? {
        text.split(separator: "\r\n").first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
    }

    /// What a server of our own makes of the request.
    private func answer(to request: String, resource: String = "/chat") throws -> String {
        let server = try UpgradeRig(resource: resource, .forTests { $0.subprotocols = ["b"] })
        try server.feed(request)
        return try server.text()
    }

    @Test func `a client asks for what RFC 6455 wants`() throws {
        let rig = try UpgradeRig(endpoint: Self.endpoint, .forTests { $0.subprotocols = ["a", "b"] })
        let request = try rig.text()
        #expect(request.hasPrefix("GET /chat?room=7 HTTP/1.1\r\n"))
        #expect(header("Host", request) == "server.example.com:8080")
        #expect(header("Sec-WebSocket-Protocol", request) == "a, b")
        #expect(header("Sec-WebSocket-Version", request) == "13")
        #expect(header("Sec-WebSocket-Key", request)?.utf8.count == 24)
        let other = try UpgradeRig(endpoint: Self.endpoint)
        #expect(header("Sec-WebSocket-Key", request) != header("Sec-WebSocket-Key", try other.text()))
    }

    @Test(arguments: [
        (Endpoint(.ws, host: "a", port: 80), "a"), (Endpoint(.wss, host: "a", port: 443), "a"),
        (Endpoint(.wss, host: "a", port: 80), "a:80"), (Endpoint(.ws, host: "::1", port: 443), "[::1]:443"),
    ])
    func `the port of the scheme is not said`(endpoint: Endpoint, host: String) throws {
        #expect(header("Host", try UpgradeRig(endpoint: endpoint).text()) == host)
    }

    @Test(arguments: [
        Endpoint(.ws, host: "a\r\nX: y"), Endpoint(.ws, host: ""), Endpoint(.ws, host: "a", resource: "chat"),
        Endpoint(.ws, host: "a", resource: "/ HTTP/1.1\r\n\r\n"), Endpoint(.ws, host: "a", resource: "/é"),
    ])
    func `what would be another request is none`(endpoint: Endpoint) {
        #expect(throws: WebSocketRefusal.self) { try UpgradeRig(endpoint: endpoint) }
    }

    @Test(arguments: [Int.max, 1]) func `a server of our own is understood`(piece: Int) throws {
        let rig = try UpgradeRig(endpoint: Self.endpoint, .forTests { $0.subprotocols = ["a", "b"] })
        let answer = try answer(to: rig.text())
        let frames = RawFrame.binary([1, 2]).unmasked().bytes + RawFrame.ping([3]).unmasked().bytes
        try rig.feed(Array(answer.utf8) + frames, piece: piece)
        var expected = WebSocketUpgrade(facts: .init(path: "/chat"))
        expected.facts.query = "room=7"
        expected.facts.subprotocol = "b"
        #expect(rig.upgrade == expected)
        #expect(Answer.all(in: try rig.output(), masked: true) == [.binary([1, 2]), .pong([3])])
        #expect(!rig.channel.pipeline.debugDescription.contains("HTTP"))
    }

    struct Bad: CustomTestStringConvertible, Sendable {
        let name: String
        let reason: WebSocketRefusal.Reason
        let change: @Sendable (String) -> String
        var testDescription: String { name }

        init(
            _ name: String,
            _ reason: WebSocketRefusal.Reason = .badAnswer,
            _ change: @escaping @Sendable (String) -> String
        ) {
            self.name = name
            self.reason = reason
            self.change = change
        }

        static func replacing(_ part: String, by other: String) -> Bad {
            Bad("\(other.debugDescription) for \(part)") { answer in
                guard let range = answer.firstRange(of: part) else { return "" }
                return answer.replacingCharacters(in: range, with: other)
            }
        }
    }

    static let bad: [Bad] = [
        .replacing("Upgrade: websocket", by: "Upgrade: h2c"),
        .replacing("Upgrade: websocket\r\n", by: ""), .replacing("Connection: upgrade", by: "Connection: close"),
        .replacing("Sec-WebSocket-Accept: ", by: "Sec-WebSocket-Accept: x"),
        .replacing("Sec-WebSocket-Accept: ", by: "X: "),
        .replacing("Upgrade: ", by: "Sec-WebSocket-Extensions: x\r\nUpgrade: "),
        .replacing("Upgrade: ", by: "Sec-WebSocket-Protocol: nobody\r\nUpgrade: "),
        Bad("no HTTP") { _ in "nonsense\r\n\r\n" },
        Bad("no end") { _ in "HTTP/1.1 101 OK\r\n" + String(repeating: "X: y\r\n", count: 10000) },
        Bad("only a hint", .badAnswer) { _ in "HTTP/1.1 100 Continue\r\n\r\n" },
        Bad("no", .refusedByServer) { _ in "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nabc" },
        Bad("elsewhere", .refusedByServer) { _ in "HTTP/1.1 301 Moved\r\nLocation: ws://x/\r\n\r\n" },
        Bad("fine, but no", .refusedByServer) { _ in "HTTP/1.1 200 OK\r\n\r\n" },
    ]

    @Test(arguments: bad, [Int.max, 1])
    func `an answer that is none closes the connection`(bad: Bad, piece: Int) throws {
        let rig = try UpgradeRig(endpoint: Self.endpoint)
        let answer = bad.change(try answer(to: rig.text()))
        #expect(!answer.isEmpty)
        try rig.feed(answer, piece: piece)
        #expect(rig.refusal?.reason == bad.reason)
        #expect(!rig.channel.isActive)
        #expect(try rig.output().isEmpty)
    }

    @Test func `a server that goes is told of once`() throws {
        let rig = try UpgradeRig(endpoint: Self.endpoint)
        rig.channel.close(promise: nil)
        #expect(rig.refusal?.reason == .disconnected)
        let other = try UpgradeRig(endpoint: Self.endpoint)
        try other.channel.writeInbound(ByteBuffer(string: "HTTP/1.1 101"))
        other.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(other.results.count == 1)
        #expect(!other.channel.isActive)
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with other: String) -> String {
        String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }
}
