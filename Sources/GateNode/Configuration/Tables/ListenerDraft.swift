// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import SocketDriver

/// What the tables of `listeners` are read into.
struct ListenerDraft: TableDraft {
    /// How TLS is spoken; its certificates are kept apart until it is known which of them count.
    struct TLS: TableDraft {
        var options = TLSOptions(certificates: [])
        var own = CertificateDraft()
        /// Shown to whoever does not ask for one of the names.
        var certificate: TLSOptions.Certificate?
        var named: [TLSOptions.Certificate] = []

        init() {}

        /// Nil without any certificate.
        var settled: TLSOptions? {
            var options = options
            options.certificates = (certificate.map { [$0] } ?? []) + named
            return options.certificates.isEmpty ? nil : options
        }
    }

    var options = ListenerOptions()
    var tls = TLS()
    /// Where a listener with a name listens.
    var address: String?

    init() {}

    var settled: ListenerOptions {
        var options = options
        options.tls = tls.settled
        options.webSocket.largestMessage = options.largestPacket
        return options
    }
}

extension ListenerDraft {
    private static let largest = 64 << 20

    static let keys: [TableKey<ListenerDraft>] = [
        text(
            "address",
            \.address,
            fallback: "the key of the table",
            "Where the listener listens, for a table whose key is a name of your own."
        ),
        choice(
            "framing",
            \.options.framing,
            "How packets are told apart on `tcp`, `tls` and `unix`: by a length before each, in 2 or 4 bytes with the "
                + "high one first (`be`) or last (`le`), or in as many as it takes (`varint`); or by line ends."
        ),
        integer(
            "smallest_packet",
            \.options.smallestPacket,
            in: 0...largest,
            unit: "bytes",
            "A smaller packet closes the connection. Lines have no smallest length."
        ),
        integer(
            "largest_packet",
            \.options.largestPacket,
            in: 1...largest,
            unit: "bytes",
            "A larger packet, or message of a WebSocket, closes the connection."
        ),
        choice(
            "proxy_protocol",
            \.options.proxyProtocol,
            "Whether a trusted proxy may, or everyone must, begin a connection with a header of the PROXY protocol, "
                + "version 1 or 2."
        ),
        forwardedHeaders, trustedProxies,
        seconds(
            "handshake_timeout",
            \.options.handshakeTimeout,
            in: 0.1...3600,
            "How long a client may take until it is ready: PROXY header, TLS and upgrade together."
        ),
        integer(
            "most_handshakes",
            \.options.mostHandshakes,
            in: 1...1_000_000,
            unit: "clients",
            "How many clients may be getting ready at once."
        ),
        tlsTable,
        table("websocket", \.options.webSocket, WebSocketOptions.keys, "How `ws` and `wss` are spoken; see below."),
    ]

    private static let forwardedHeaders = TableKey<ListenerDraft>(
        "forwarded_headers",
        type: "boolean or list of texts",
        fallback: "`false`",
        "The headers in which trusted proxies name the client of a WebSocket: "
            + ForwardedHeader.allCases.map { "`\"\($0.rawValue)\"`" }.joined(separator: ", ")
            + ". `true` is all three, and those that are there have to agree. Name only what your proxies set or remove."
    ) { node, draft throws(ConfigurationError) in
        if case .boolean(let all) = node.value {
            draft.options.forwardedHeaders = all ? Set(ForwardedHeader.allCases) : []
            return
        }
        guard case .table = node.value else { throw node.wrongKind("true, false or a list of texts") }
        draft.options.forwardedHeaders = []
        for (text, node) in try node.texts() {
            guard let header = ForwardedHeader(rawValue: text.lowercased()) else {
                let known = ForwardedHeader.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
                throw node.error("should be one of \(known), not \"\(text)\"")
            }
            draft.options.forwardedHeaders.insert(header)
        }
    }

    private static let trustedProxies = TableKey<ListenerDraft>(
        "trusted_proxies",
        type: "list of texts",
        fallback: "`{}`",
        "The networks, such as `\"10.0.0.0/8\"` or `\"fd00::/8\"`, whose peers are believed when they name a client."
    ) { node, draft throws(ConfigurationError) in
        draft.options.trustedProxies = AddressNetworks()
        for (text, node) in try node.texts() {
            do throws(AddressNetwork.ParseError) {
                draft.options.trustedProxies.insert(try AddressNetwork(parsing: text))
            } catch {
                throw node.error(error.description)
            }
        }
    }

    private static let tlsTable = TableKey<ListenerDraft>(
        "tls",
        type: "table",
        fallback: "`tls_certificate` and `tls_key`",
        "How `tls` and `wss` are spoken; see below."
    ) { node, draft throws(ConfigurationError) in
        draft.tls.own = CertificateDraft()
        try draft.tls.apply(node, TLS.keys)
        if let certificate = try draft.tls.own.certificate(of: node) { draft.tls.certificate = certificate }
    }
}

extension ListenerDraft.TLS {
    typealias TLS = ListenerDraft.TLS

    static let keys: [TableKey<TLS>] = [
        file(
            "certificate",
            \.own.chain,
            fallback: "`tls_certificate`",
            "The chain of certificates in PEM, the own one first."
        ),
        file("key", \.own.key, fallback: "`tls_key`", "The key of the certificate in PEM."),
        sni,
        choice("minimum_version", \.options.minimumVersion, "The oldest version of TLS that is spoken."),
        text("ciphers", \.options.ciphers, fallback: "OpenSSL's", "OpenSSL's list of ciphers for TLS 1.2."),
        text("cipher_suites", \.options.cipherSuites, fallback: "OpenSSL's", "OpenSSL's list of suites for TLS 1.3."),
        texts(
            "alpn",
            \.options.applicationProtocols,
            fallback: "`{}`",
            "The protocols that are offered, the preferred first; none: the question is not answered.",
            check: TextCheck.applicationProtocol
        ),
        choice("client_certificates", \.options.clientCertificates, "Whether clients have to say who they are."),
        file(
            "client_authority",
            \.options.clientAuthority,
            fallback: "none",
            "The authorities that client certificates are checked against, in PEM."
        ),
        boolean(
            "session_tickets",
            \.options.sessionTickets,
            "Whether a client that comes back may resume its session."
        ),
    ]

    private static let sni = TableKey<TLS>(
        "sni",
        type: "table",
        fallback: "none",
        "More certificates, each under the name that a client asks for, which may begin with `*.`: "
            + "`sni = { [\"game.example.org\"] = { certificate = …, key = … } }`."
    ) { node, draft throws(ConfigurationError) in
        draft.named = []
        for (name, node) in try node.fields() {
            if name.wholeMatch(of: /(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*/) == nil {
                throw node.error("expected the name of a host, like game.example.org or *.example.org")
            }
            var certificate = CertificateDraft()
            try certificate.apply(node, CertificateDraft.keys)
            guard var named = try certificate.certificate(of: node) else {
                throw node.error("needs a certificate and its key")
            }
            named.names = [name.lowercased()]
            draft.named.append(named)
        }
    }
}

extension WebSocketOptions: TableDraft {
    static let keys: [TableKey<WebSocketOptions>] = [
        texts(
            "subprotocols",
            \.subprotocols,
            fallback: "`{}`",
            "The subprotocols that are spoken, the preferred first; none: whatever a client offers, none is chosen.",
            check: TextCheck.token
        ),
        texts(
            "origins",
            \.origins,
            fallback: "`{}`",
            "The origins that browsers may come from, such as `\"https://game.example.org\"`; none: any.",
            check: TextCheck.origin
        ),
        choice(
            "text",
            \.textMessages,
            "Whether a text message is a packet like a binary one, or closes the connection with code 1003."
        ),
        seconds(
            "ping_interval",
            \.pingInterval,
            in: 0...86400,
            "After so much silence a client is pinged, and after as much again it is gone; 0: never."
        ),
        TableKey(
            "headers",
            type: "list of texts",
            fallback: "`{}`",
            "The headers of the upgrade that scripts may ask for."
        ) { node, options throws(ConfigurationError) in
            options.keptHeaders = []
            for (text, node) in try node.texts() {
                if let complaint = TextCheck.token(text) { throw node.error(complaint) }
                options.keptHeaders.append(text.lowercased())
            }
        },
    ]
}
