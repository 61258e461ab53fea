// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import SocketDriver

/// A certificate with its key, which go together or not at all.
struct CertificateDraft: TableDraft {
    var chain: String?
    var key: String?

    init() {}

    static let keys: [TableKey<CertificateDraft>] = [
        file("certificate", \.chain, fallback: "required", "The chain of certificates in PEM, the own one first."),
        file("key", \.key, fallback: "required", "The key of the certificate in PEM."),
    ]

    /// Nil when neither was given.
    ///
    /// - Parameter node: the table that has the keys, and must have both.
    func certificate(of node: TableNode) throws(ConfigurationError) -> TLSOptions.Certificate? {
        switch (chain, key) {
        case (nil, nil): return nil
        case (nil, .some): throw node.error("a key needs its certificate in the same table", at: "key")
        case (.some, nil): throw node.error("a certificate needs its key in the same table", at: "certificate")
        case (let chain?, let key?): return TLSOptions.Certificate(chain: chain, key: key)
        }
    }
}

/// What a text in a list may be; each answers what is wrong with it.
enum TextCheck {
    /// A word as headers and subprotocols have it.
    static func token(_ text: String) -> String? {
        text.wholeMatch(of: /[A-Za-z0-9!#$%&'*+.^_`|~-]+/) == nil ? "\"\(text)\" has a character no name may have" : nil
    }

    /// The name of a protocol for ALPN.
    static func applicationProtocol(_ text: String) -> String? {
        text.utf8.count > 255 ? "a name of \(text.utf8.count) bytes, TLS allows 255" : nil
    }

    /// Where a browser comes from: `https://game.example.org`, with a port where it is an unusual one.
    static func origin(_ text: String) -> String? {
        if text == "null" || text.wholeMatch(of: /[A-Za-z][A-Za-z0-9+.-]*:\/\/[!-.0-~]+/) != nil { return nil }
        return "\"\(text)\" is no origin, expected one like https://game.example.org"
    }
}
