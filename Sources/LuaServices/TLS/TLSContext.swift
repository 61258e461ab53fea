// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL
internal import SocketDriver

/// A certificate with its key, and the ciphers: what many connections share.
final class TLSContext {
    let pointer: OpaquePointer

    /// TLS 1.2 and later; peers are not asked for certificates, nor are theirs verified.
    init() throws(TLSError) {
        guard let pointer = SSL_CTX_new(TLS_method()) else { throw .last("SSL_CTX_new") }
        self.pointer = pointer
        SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        SSL_CTX_set_verify(pointer, SSL_VERIFY_NONE, nil)
    }

    deinit { SSL_CTX_free(pointer) }

    /// - Parameters:
    ///   - certificate: a PEM file of the certificate and those it was signed with.
    ///   - key: a PEM file of the certificate's key.
    func use(certificate: String, key: String) throws(TLSError) {
        if SSL_CTX_use_certificate_chain_file(pointer, certificate) != 1 {
            throw .last("SSL_CTX_use_certificate_file error \(certificate)")
        }
        if SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM) != 1 {
            throw .last("SSL_CTX_use_PrivateKey_file error \(key)")
        }
        if SSL_CTX_check_private_key(pointer) != 1 { throw .last("SSL_CTX_check_private_key error \(key)") }
    }

    /// Ciphers of TLS 1.2, as OpenSSL lists them.
    func use(ciphers: String) throws(TLSError) {
        if SSL_CTX_set_cipher_list(pointer, ciphers) != 1 { throw .last("SSL_CTX_set_cipher_list") }
    }
}
