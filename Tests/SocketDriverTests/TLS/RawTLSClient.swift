// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import COpenSSL
import Glibc

/// A client that is OpenSSL and nothing else, and that can be made to misbehave.
final class RawTLSClient {
    private let context: OpaquePointer
    private let session: OpaquePointer

    /// - Parameter version: TLS1_2_VERSION or TLS1_3_VERSION.
    init(_ descriptor: Int32, version: Int32 = TLS1_3_VERSION, session earlier: OpaquePointer? = nil) {
        context = SSL_CTX_new(TLS_client_method())
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version), nil)
        if version < TLS1_2_VERSION {
            SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(version), nil)
            SSL_CTX_set_security_level(context, 0)
        }
        session = SSL_new(context)
        SSL_set_fd(session, descriptor)
        SSL_set_connect_state(session)
        if let earlier { SSL_set_session(session, earlier) }
    }

    deinit {
        // As after a proper end, so that its session may be taken up again.
        SSL_set_shutdown(session, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        SSL_free(session)
        SSL_CTX_free(context)
    }

    /// What can be taken up later; the caller frees it.
    var resumable: OpaquePointer? { SSL_get1_session(session) }

    func handshake() -> Bool {
        ERR_clear_error()
        return SSL_do_handshake(session) == 1
    }

    func write(_ text: String) -> Bool {
        ERR_clear_error()
        return SSL_write(session, text, Int32(text.utf8.count)) > 0
    }

    func read() -> String? {
        ERR_clear_error()
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = SSL_read(session, &bytes, 16384)
        return count > 0 ? String(decoding: bytes[..<Int(count)], as: UTF8.self) : nil
    }

    /// Goes over to new keys, and asks the peer to do so too.
    func updateKeys() -> Bool {
        ERR_clear_error()
        return SSL_key_update(session, SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(session) == 1
    }

    /// Asks for another handshake, as TLS 1.2 allows it.
    func renegotiate() {
        ERR_clear_error()
        SSL_renegotiate(session)
        SSL_do_handshake(session)
    }

    func sayGoodbye() { SSL_shutdown(session) }
}
