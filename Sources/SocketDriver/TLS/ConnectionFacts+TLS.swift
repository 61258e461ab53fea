// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL

extension ConnectionFacts.TLS {
    /// What a session, an `SSL *`, has agreed on.
    init(of session: OpaquePointer) {
        let cipher = SSL_get_current_cipher(session).flatMap { SSL_CIPHER_get_name($0) }
        self.init(
            version: String(cString: SSL_get_version(session)),
            cipher: cipher.map { String(cString: $0) } ?? ""
        )
        serverName = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
        var name: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(session, &name, &length)
        if let name, length > 0 {
            applicationProtocol = String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
        }
        if let certificate = SSL_get1_peer_certificate(session) {
            peerSubject = Self.subject(of: certificate)
            X509_free(certificate)
        }
    }

    private static func subject(of certificate: OpaquePointer) -> String? {
        guard let text = BIO_new(BIO_s_mem()) else { return nil }
        defer { BIO_free(text) }
        guard X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, COPENSSL_NAME_RFC2253) >= 0 else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: BIO_ctrl_pending(text))
        let count = BIO_read(text, &bytes, Int32(clamping: bytes.count))
        return String(decoding: bytes.prefix(Int(max(0, count))), as: UTF8.self)
    }
}
