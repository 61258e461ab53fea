// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// What a client asks a server, and what it takes for a yes.
struct UpgradeAnswer {
    let key: String
    /// From the slash on.
    let resource: String
    let options: WebSocketOptions

    /// The request for all this. `host` is a name or an address, without brackets; the port is left out where it is the
    /// scheme's own.
    func request(host: String, port: Int, isEncrypted: Bool) throws(WebSocketRefusal) -> HTTPRequestHead {
        guard Self.isPlain(host), !host.isEmpty, resource.hasPrefix("/"), Self.isPlain(resource) else {
            let url = WebSocketRefusal.quoted("\(host)\(resource)")
            throw WebSocketRefusal(.badTarget, "\(url) cannot be asked for")
        }
        let name = host.contains(":") ? "[\(host)]" : host
        let isUsual = port == (isEncrypted ? 443 : 80)
        var headers: HTTPHeaders = [
            "Host": isUsual ? name : "\(name):\(port)",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
        ]
        if !options.subprotocols.isEmpty {
            headers.add(name: "Sec-WebSocket-Protocol", value: options.subprotocols.joined(separator: ", "))
        }
        return HTTPRequestHead(version: .http1_1, method: .GET, uri: resource, headers: headers)
    }

    /// Throws what is wrong with the answer.
    func check(_ head: HTTPResponseHead) throws(WebSocketRefusal) -> WebSocketUpgrade {
        guard head.status == .switchingProtocols else {
            let answer = WebSocketRefusal.quoted("\(head.status.code) \(head.status.reasonPhrase)")
            throw WebSocketRefusal(.refusedByServer, "the server answered \(answer)")
        }
        guard UpgradeRequest.has("websocket", in: head.headers[canonicalForm: "upgrade"]),
            UpgradeRequest.has("upgrade", in: head.headers[canonicalForm: "connection"])
        else { throw WebSocketRefusal(.badAnswer, "the server switched to something that is not a WebSocket") }
        let upgrader = NIOWebSocketClientUpgrader(requestKey: key) { channel, _ in
            channel.eventLoop.makeSucceededVoidFuture()
        }
        guard upgrader.shouldAllowUpgrade(upgradeResponse: head) else {
            throw WebSocketRefusal(.badAnswer, "the server's answer does not fit the key it was sent")
        }
        guard head.headers["sec-websocket-extensions"].isEmpty else {
            throw WebSocketRefusal(.badAnswer, "the server chose an extension that it was not offered")
        }
        var facts = ConnectionFacts.WebSocket(path: UpgradeRequest.path(of: resource))
        facts.query = UpgradeRequest.query(of: resource)
        facts.subprotocol = try subprotocol(head.headers)
        facts.headers = UpgradeRequest.kept(options.keptHeaders, of: head.headers)
        return WebSocketUpgrade(facts: facts)
    }

    private func subprotocol(_ headers: HTTPHeaders) throws(WebSocketRefusal) -> String? {
        let chosen = headers["sec-websocket-protocol"]
        if chosen.isEmpty { return nil }
        guard chosen.count == 1, options.subprotocols.contains(chosen[0]) else {
            throw WebSocketRefusal(.badAnswer, "the server chose a subprotocol that it was not offered")
        }
        return chosen[0]
    }

    /// Whether it can stand in a head without becoming another line of it.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
