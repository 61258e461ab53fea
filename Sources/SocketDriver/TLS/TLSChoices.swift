// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL

/// What is chosen for a client by what it asks for: the certificate by its name, the protocol by its offer.
struct TLSChoices {
    struct Certificate {
        /// In normal form; when there is none, the certificate says itself what it is for.
        let names: [String]
        let context: TLSContext

        func isFor(_ name: String) -> Bool {
            if !names.isEmpty { return names.contains { TLSServerName.matches($0, name) } }
            let flags = UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)
            return X509_check_host(SSL_CTX_get0_certificate(context.pointer), name, 0, flags, nil) == 1
        }
    }

    /// In the order of the configuration; empty when there is nothing to choose.
    var certificates: [Certificate] = []
    /// Of ALPN, the preferred first, each behind its length.
    var protocols: [UInt8] = []

    /// Gives a session, an `SSL *`, the certificate of the name its client asked for; the answer is for the library.
    func choose(for session: OpaquePointer) -> Int32 {
        guard let name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name) else { return SSL_TLSEXT_ERR_NOACK }
        if let found = certificate(for: TLSServerName.normal(String(cString: name))) {
            SSL_set_SSL_CTX(session, found.context.pointer)
        }
        return SSL_TLSEXT_ERR_OK
    }

    /// One that says the very name, or else one whose names cover it.
    func certificate(for name: String) -> Certificate? {
        certificates.first { $0.names.contains(name) } ?? certificates.first { $0.isFor(name) }
    }

    /// The most preferred protocol that is in a client's offer, as its place there.
    func select(from offer: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        for wanted in Self.entries(protocols) {
            for offered in Self.entries(offer) where offer[offered].elementsEqual(protocols[wanted]) {
                return offered
            }
        }
        return nil
    }

    /// The names in a list of the wire; a malformed rest is left out.
    private static func entries(_ list: some RandomAccessCollection<UInt8>) -> [Range<Int>] {
        var entries: [Range<Int>] = []
        var at = 0
        while at < list.count {
            let length = Int(list[list.index(list.startIndex, offsetBy: at)])
            guard length > 0, at + 1 + length <= list.count else { break }
            entries.append(at + 1..<at + 1 + length)
            at += 1 + length
        }
        return entries
    }

    /// Names of protocols as they go over the wire.
    static func wire(_ protocols: [String]) throws(TLSError) -> [UInt8] {
        var wire: [UInt8] = []
        for name in protocols {
            guard (1...255).contains(name.utf8.count) else {
                throw TLSError("application protocol \"\(name)\": has to have 1 to 255 bytes")
            }
            wire.append(UInt8(name.utf8.count))
            wire += name.utf8
        }
        guard wire.count < 65535 else { throw TLSError("application protocols: are more than TLS can carry") }
        return wire
    }
}
