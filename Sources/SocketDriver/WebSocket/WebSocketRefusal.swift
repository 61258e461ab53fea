// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Why a WebSocket did not come to be.
struct WebSocketRefusal: Error, Sendable, Equatable {
    /// The raw value is a name to count under.
    enum Reason: String, Sendable, CaseIterable {
        // A server's, each with an answer of its own.
        case notHTTP = "not-http"
        case requestLineTooLong = "request-line-too-long"
        case headersTooLarge = "headers-too-large"
        case wrongHTTPVersion = "wrong-http-version"
        case wrongMethod = "wrong-method"
        case badHost = "bad-host"
        case badTarget = "bad-target"
        case wrongPath = "wrong-path"
        case unexpectedBody = "unexpected-body"
        case notAnUpgrade = "not-an-upgrade"
        case wrongVersion = "wrong-websocket-version"
        case badKey = "bad-websocket-key"
        case wrongOrigin = "wrong-origin"
        case badForwarding = "bad-forwarding-header"
        // A client's.
        case badAnswer = "bad-answer"
        case refusedByServer = "refused-by-server"
        // Anybody's.
        case disconnected
    }

    var reason: Reason
    /// For the operator.
    var sentence: String

    init(_ reason: Reason, _ sentence: String) {
        self.reason = reason
        self.sentence = sentence
    }
}

extension WebSocketRefusal: CustomStringConvertible {
    var description: String { sentence }

    /// What a peer said, short and on one line.
    static func quoted(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(80).map { (" "..."~").contains($0) ? Character($0) : "?" }
        return "\"" + String(shown) + (text.unicodeScalars.count > 80 ? "…\"" : "\"")
    }
}

/// What came of an upgrade.
struct WebSocketUpgrade: Sendable, Equatable {
    var facts: ConnectionFacts.WebSocket
}
