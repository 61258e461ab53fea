// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import COpenSSL
import Foundation

/// The client's side of TLS on a descriptor that blocks, by OpenSSL.
final class TLSSession {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// What the client asks for, and shows.
    struct Wishes: Sendable {
        var serverName: String? = "localhost"
        /// The protocol that is offered.
        var applicationProtocol: String?
        /// Files in PEM.
        var certificate: (chain: String, key: String)?
    }

    private let context: OpaquePointer
    private let session: OpaquePointer

    /// Shakes hands; whose certificate it is does not matter.
    init(_ descriptor: Int32, _ wishes: Wishes = Wishes()) throws {
        context = SSL_CTX_new(TLS_client_method())
        if let certificate = wishes.certificate {
            SSL_CTX_use_certificate_chain_file(context, certificate.chain)
            SSL_CTX_use_PrivateKey_file(context, certificate.key, SSL_FILETYPE_PEM)
        }
        session = SSL_new(context)
        SSL_set_fd(session, descriptor)
        if let name = wishes.serverName {
            _ = name.withCString {
                SSL_ctrl(
                    session,
                    SSL_CTRL_SET_TLSEXT_HOSTNAME,
                    Int(TLSEXT_NAMETYPE_host_name),
                    UnsafeMutableRawPointer(mutating: $0)
                )
            }
        }
        if let offer = wishes.applicationProtocol {
            let list = [UInt8(offer.utf8.count)] + Array(offer.utf8)
            SSL_set_alpn_protos(session, list, UInt32(list.count))
        }
        ERR_clear_error()
        if SSL_connect(session) != 1 { throw failure("handshake", -1) }
    }

    deinit {
        SSL_free(session)
        SSL_CTX_free(context)
    }

    func write(_ bytes: [UInt8]) throws {
        ERR_clear_error()
        let count = bytes.isEmpty ? 0 : SSL_write(session, bytes, Int32(bytes.count))
        if count != bytes.count { throw failure("write", count) }
    }

    /// What is there, or comes next; empty at a proper end.
    func read() throws -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 16384)
        ERR_clear_error()
        let count = SSL_read(session, &block, Int32(block.count))
        if count > 0 { return Array(block[..<Int(count)]) }
        if SSL_get_error(session, count) == SSL_ERROR_ZERO_RETURN { return [] }
        throw failure("read", count)
    }

    /// Says that nothing more comes; reading goes on.
    func finishSending() { SSL_shutdown(session) }

    private func failure(_ what: String, _ result: Int32) -> Failure {
        let system = String(cString: strerror(errno))
        var text = [CChar](repeating: 0, count: 256)
        let code = ERR_get_error()
        ERR_error_string_n(code, &text, text.count)
        let reason = code == 0 ? system : text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return Failure(description: "tls \(what): \(SSL_get_error(session, result)) \(reason)")
    }
}
