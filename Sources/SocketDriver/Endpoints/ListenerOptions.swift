// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Blocks

/// What a listener asks of its clients, besides what its endpoint says.
public struct ListenerOptions: Sendable, Hashable {
    /// Whether connections begin with the header of a proxy.
    public enum ProxyProtocol: String, Sendable, CaseIterable {
        case off
        /// A trusted proxy may send one.
        case optional
        /// Every connection has to come from a trusted proxy and to begin with one.
        case required
    }

    /// How `tls` and `wss` are spoken; nil: no certificate is known.
    public var tls: TLSOptions?
    /// How `ws` and `wss` are spoken. Its largest message is ``largestPacket``.
    public var webSocket = WebSocketOptions()
    /// How packets are told apart on `tcp`, `tls` and `unix`.
    public var framing = PacketFraming.u16be
    /// The bytes of the smallest packet; a smaller one closes the connection.
    public var smallestPacket = 0
    /// The bytes of the largest packet; a larger one closes the connection.
    public var largestPacket = 0xffff
    public var proxyProtocol = ProxyProtocol.off
    /// The headers of a WebSocket's upgrade that are believed when they come from a trusted proxy.
    public var forwardedHeaders: Set<ForwardedHeader> = []
    /// Who is believed when it says for whom it connects. The peers of a unix socket are, whatever stands here: its
    /// file has permissions.
    public var trustedProxies = AddressNetworks()
    /// Nanoseconds that a client has to become ready, from the first byte of its connection to the end of its upgrade.
    public var handshakeTimeout: UInt64 = 10_000_000_000
    /// How many clients may be getting ready at once; a further one waits in the system's queue.
    public var mostHandshakes = 1024

    public init() {}
}

extension ListenerOptions {
    /// What does not go together; the key is one of the configuration's.
    public struct Contradiction: Error, Equatable, CustomStringConvertible {
        public let key: String
        public let text: String

        public init(_ key: String, _ text: String) {
            self.key = key
            self.text = text
        }

        public var description: String { "\(key): \(text)" }
    }

    /// What the options of a listener contradict, of themselves and of its scheme; nil: they can be used.
    public func contradiction(for scheme: Endpoint.Scheme) -> Contradiction? {
        packetContradiction(for: scheme) ?? tlsContradiction(for: scheme) ?? proxyContradiction(for: scheme)
    }

    /// Takes back what is of no use to a scheme, or too much for it; for options that were meant for listeners of other
    /// kinds, too.
    public mutating func settle(for scheme: Endpoint.Scheme) {
        if !scheme.isWebSocket {
            forwardedHeaders = []
            largestPacket = min(largestPacket, framing.largestPacket)
            if framing == .line { smallestPacket = 0 }
        }
    }

    private func packetContradiction(for scheme: Endpoint.Scheme) -> Contradiction? {
        if smallestPacket > largestPacket {
            return Contradiction("smallest_packet", "\(smallestPacket) is more than largest_packet = \(largestPacket)")
        }
        // A message brings its own frame.
        if scheme.isWebSocket { return nil }
        let most = framing.largestPacket
        if largestPacket > most {
            return Contradiction(
                "largest_packet",
                "framing = \"\(framing.rawValue)\" has packets of at most \(most) bytes, not \(largestPacket)"
            )
        }
        if framing == .line, smallestPacket > 0 {
            return Contradiction("smallest_packet", "lines (framing = \"line\") have no smallest length")
        }
        return nil
    }

    private func tlsContradiction(for scheme: Endpoint.Scheme) -> Contradiction? {
        if !scheme.isEncrypted { return nil }
        guard let tls else {
            return Contradiction("tls", "\(scheme.rawValue) needs a certificate; set tls_certificate and tls_key")
        }
        if tls.clientCertificates != .none, tls.clientAuthority == nil {
            return Contradiction("client_certificates", "needs client_authority, the file they are checked against")
        }
        if tls.clientCertificates == .none, tls.clientAuthority != nil {
            return Contradiction("client_authority", "is of use only with client_certificates")
        }
        if tls.minimumVersion == .v1_3, tls.ciphers != nil {
            return Contradiction("ciphers", "is for TLS 1.2, and minimum_version = \"1.3\" leaves none of it")
        }
        return nil
    }

    private func proxyContradiction(for scheme: Endpoint.Scheme) -> Contradiction? {
        if scheme == .unix || !trustedProxies.isEmpty { return nil }
        if proxyProtocol != .off {
            return Contradiction("proxy_protocol", "needs trusted_proxies, the networks whose headers are believed")
        }
        if !forwardedHeaders.isEmpty, scheme.isWebSocket {
            return Contradiction("forwarded_headers", "needs trusted_proxies, the networks whose headers are believed")
        }
        return nil
    }
}
