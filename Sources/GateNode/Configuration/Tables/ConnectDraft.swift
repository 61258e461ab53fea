// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import SocketDriver

/// What the tables of `connects` are read into.
struct ConnectDraft: TableDraft {
    struct TLS: TableDraft {
        var options = TLSClientOptions()
        var own = CertificateDraft()

        init() {}
    }

    var options = ConnectOptions()
    var tls = TLS()
    /// Where the server of a table with a name is.
    var address: String?

    init() {}

    var settled: ConnectOptions {
        var options = options
        options.tls = tls.options
        return options
    }

    static let keys: [TableKey<ConnectDraft>] = [
        text(
            "address",
            \.address,
            fallback: "the key of the table",
            "What is connected to, for a table whose key is a name of your own."
        ),
        seconds(
            "handshake_timeout",
            \.options.handshakeTimeout,
            in: 0.1...3600,
            "How long the server may take until it is ready: TLS and upgrade together."
        ),
        TableKey(
            "tls",
            type: "table",
            fallback: "none",
            "How `tls` and `wss` are spoken; see below."
        ) { node, draft throws(ConfigurationError) in
            draft.tls.own = CertificateDraft()
            try draft.tls.apply(node, TLS.keys)
            if let certificate = try draft.tls.own.certificate(of: node) { draft.tls.options.certificate = certificate }
            if !draft.tls.options.verifies, draft.tls.options.authority != nil, node.keys.contains("authority") {
                throw node.error("is of no use with verify = false", at: "authority")
            }
        },
        table(
            "websocket",
            \.options.webSocket,
            ConnectOptions.WebSocket.keys,
            "How `ws` and `wss` are spoken; see below."
        ),
    ]
}

extension ConnectDraft.TLS {
    static let keys: [TableKey<ConnectDraft.TLS>] = [
        boolean("verify", \.options.verifies, "Whether the server has to prove that it is who was asked for."),
        file(
            "authority",
            \.options.authority,
            fallback: "the system's",
            "The authorities that the server's certificate is checked against, in PEM."
        ),
        choice("minimum_version", \.options.minimumVersion, "The oldest version of TLS that is spoken."),
        texts(
            "alpn",
            \.options.applicationProtocols,
            fallback: "`{}`",
            "The protocols that are offered, the preferred first.",
            check: TextCheck.applicationProtocol
        ),
        file("certificate", \.own.chain, fallback: "none", "The chain that is shown to a server that asks, in PEM."),
        file("key", \.own.key, fallback: "none", "The key of the certificate in PEM."),
    ]
}

extension ConnectOptions.WebSocket: TableDraft {
    static let keys: [TableKey<ConnectOptions.WebSocket>] = [
        texts(
            "subprotocols",
            \.subprotocols,
            fallback: "`{}`",
            "The subprotocols that are offered, the preferred first.",
            check: TextCheck.token
        ),
        TableKey(
            "origin",
            type: "text",
            fallback: "none",
            "What a browser would say it comes from."
        ) { node, options throws(ConfigurationError) in
            let text = try node.text()
            if let complaint = TextCheck.origin(text) { throw node.error(complaint) }
            options.origin = text
        },
        integer(
            "largest_message",
            \.largestMessage,
            in: 1...(64 << 20),
            unit: "bytes",
            "A larger message of the server closes the connection."
        ),
        seconds(
            "ping_interval",
            \.pingInterval,
            in: 0...86400,
            "After so much silence the server is pinged, and after as much again it is gone; 0: never."
        ),
    ]
}
