// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// What a listener wants of a request to become a WebSocket, without the connection it came over.
struct UpgradeRequest {
    /// From the slash on.
    let resource: String
    let options: WebSocketOptions
    /// Reads what proxies say of the client in the headers; answers why that is refused.
    var readForwarding: ([(name: String, value: String)]) -> String? = { _ in nil }

    /// Throws why it is refused.
    func check(_ head: HTTPRequestHead) throws(WebSocketRefusal) -> WebSocketUpgrade {
        if head.version != .http1_1 { throw WebSocketRefusal(.wrongHTTPVersion, "it was not HTTP/1.1") }
        if head.method != .GET { throw WebSocketRefusal(.wrongMethod, "its method was not GET") }
        try checkHost(head.headers)
        let (path, query) = try Self.target(head.uri)
        try checkBody(head.headers)
        if path != Self.path(of: resource) {
            throw WebSocketRefusal(.wrongPath, "it asked for \(WebSocketRefusal.quoted(path))")
        }
        try checkUpgrade(head.headers)
        try checkOrigin(head.headers)
        var facts = ConnectionFacts.WebSocket(path: path)
        facts.query = query
        facts.subprotocol = subprotocol(head.headers)
        facts.headers = Self.kept(options.keptHeaders, of: head.headers)
        if let reason = readForwarding(head.headers.map { ($0.name, $0.value) }) {
            throw WebSocketRefusal(.badForwarding, reason)
        }
        return WebSocketUpgrade(facts: facts)
    }

    private func checkHost(_ headers: HTTPHeaders) throws(WebSocketRefusal) {
        let hosts = headers["host"]
        guard hosts.count == 1, !hosts[0].isEmpty else {
            throw WebSocketRefusal(.badHost, hosts.count > 1 ? "it named several hosts" : "it named no host")
        }
    }

    private func checkBody(_ headers: HTTPHeaders) throws(WebSocketRefusal) {
        guard headers["transfer-encoding"].isEmpty, headers["content-length"].allSatisfy({ $0 == "0" }) else {
            throw WebSocketRefusal(.unexpectedBody, "it had a body")
        }
    }

    private func checkUpgrade(_ headers: HTTPHeaders) throws(WebSocketRefusal) {
        guard Self.has("websocket", in: headers[canonicalForm: "upgrade"]),
            Self.has("upgrade", in: headers[canonicalForm: "connection"])
        else { throw WebSocketRefusal(.notAnUpgrade, "it did not ask to become a WebSocket") }
        guard headers["sec-websocket-version"] == ["13"] else {
            throw WebSocketRefusal(.wrongVersion, "its WebSocket version was not 13")
        }
        let keys = headers["sec-websocket-key"]
        guard keys.count == 1, Self.isKey(keys[0]) else {
            throw WebSocketRefusal(.badKey, "its WebSocket key was not 16 bytes in base64")
        }
    }

    /// A program that is not a browser sends no origin, and could send any.
    private func checkOrigin(_ headers: HTTPHeaders) throws(WebSocketRefusal) {
        let origins = headers["origin"]
        if options.origins.isEmpty || origins.isEmpty { return }
        let isAllowed = options.origins.contains { $0.lowercased() == origins[0].lowercased() }
        guard origins.count == 1, isAllowed else {
            throw WebSocketRefusal(.wrongOrigin, "it came from the origin \(WebSocketRefusal.quoted(origins[0]))")
        }
    }

    private func subprotocol(_ headers: HTTPHeaders) -> String? {
        let offered = headers[canonicalForm: "sec-websocket-protocol"]
        return options.subprotocols.first { wanted in offered.contains { $0 == wanted } }
    }
}

// MARK: - Parts of HTTP

extension UpgradeRequest {
    /// The path and what is behind the question mark, of a target in either of the forms that servers must know.
    private static func target(_ uri: String) throws(WebSocketRefusal) -> (path: String, query: String?) {
        var target = Substring(uri)
        for scheme in ["http://", "https://", "ws://", "wss://"] where uri.lowercased().hasPrefix(scheme) {
            let rest = target.dropFirst(scheme.count)
            target = rest[(rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex)...]
            if target.first != "/" { target = "/" + target }
        }
        let isText = target.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "#") }
        guard target.first == "/", isText else {
            throw WebSocketRefusal(.badTarget, "it asked for \(WebSocketRefusal.quoted(uri))")
        }
        guard let mark = target.firstIndex(of: "?") else { return (String(target), nil) }
        return (String(target[..<mark]), String(target[target.index(after: mark)...]))
    }

    static func path(of resource: String) -> String {
        String(resource.prefix { $0 != "?" })
    }

    static func query(of resource: String) -> String? {
        resource.firstIndex(of: "?").map { String(resource[resource.index(after: $0)...]) }
    }

    static func has(_ token: String, in values: [Substring]) -> Bool {
        values.contains { $0.lowercased() == token }
    }

    /// Several of one name joined by a comma; nil without any.
    static func joined(_ name: String, _ headers: HTTPHeaders) -> String? {
        let values = headers[name]
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    static func kept(_ names: [String], of headers: HTTPHeaders) -> [String: String] {
        var kept: [String: String] = [:]
        for name in names { kept[name.lowercased()] = joined(name, headers) }
        return kept
    }

    /// 16 bytes in base64: 22 characters, the last of which holds two bits, and two to fill up.
    private static func isKey(_ key: String) -> Bool {
        let bytes = Array(key.utf8)
        guard bytes.count == 24, bytes[22...] == [UInt8(ascii: "="), UInt8(ascii: "=")] else { return false }
        return bytes[..<22].allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"): true
            default: false
            }
        }
    }
}

// MARK: - Answers

extension WebSocketRefusal.Reason {
    /// What a server answers; nil where there is nobody to answer.
    var status: HTTPResponseStatus? {
        switch self {
        case .notHTTP, .badHost, .badTarget, .unexpectedBody, .badKey, .badForwarding: .badRequest
        case .requestLineTooLong: .uriTooLong
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .wrongHTTPVersion: .httpVersionNotSupported
        case .wrongMethod: .methodNotAllowed
        case .wrongPath: .notFound
        case .notAnUpgrade, .wrongVersion: .upgradeRequired
        case .wrongOrigin: .forbidden
        case .badAnswer, .refusedByServer, .disconnected: nil
        }
    }

    /// What an answer must say besides.
    var headers: HTTPHeaders {
        switch self {
        case .wrongMethod: ["Allow": "GET"]
        case .notAnUpgrade, .wrongVersion: ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"]
        default: [:]
        }
    }
}
