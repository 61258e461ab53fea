// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What is known of a connection besides its bytes.
public struct ConnectionFacts: Sendable, Equatable {
    /// What TLS agreed on.
    public struct TLS: Sendable, Equatable {
        /// As OpenSSL names it: `TLSv1.3`.
        public var version: String
        public var cipher: String
        /// The name the client asked for.
        public var serverName: String?
        public var applicationProtocol: String?
        /// The subject of the peer's certificate, in the form of RFC 2253.
        public var peerSubject: String?

        public init(version: String, cipher: String) {
            self.version = version
            self.cipher = cipher
        }
    }

    /// What the upgrade said.
    public struct WebSocket: Sendable, Equatable {
        public var path: String
        /// Behind the question mark; nil when there was none.
        public var query: String?
        public var subprotocol: String?
        /// The headers that were to be kept, by their names in lower case; several of one name joined by a comma.
        public var headers: [String: String] = [:]

        public init(path: String) { self.path = path }
    }

    public var scheme: Endpoint.Scheme
    /// `ip:port` of this side, or the path of a unix socket.
    public var local: String
    /// `ip:port` of the client, as far as a trusted proxy says or the connection itself.
    public var remote: String
    public var tls: TLS?
    public var webSocket: WebSocket?

    public init(scheme: Endpoint.Scheme, local: String, remote: String) {
        self.scheme = scheme
        self.local = local
        self.remote = remote
    }
}
