// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL
internal import Glibc

/// What the TLS connections of a run share.
final class TLSClient {
    private let context: OpaquePointer
    private let host: String
    private let verifies: Bool
    private let resumes: Bool
    /// What the next connection takes up again.
    private var session: OpaquePointer?

    /// - Parameter authority: the file with those whose certificates are believed; nil: whatever a server has will do.
    /// - Parameter resumes: whether a connection takes up the session of one before.
    init(host: String, authority: String?, resumes: Bool) throws(LoadError) {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw Self.lastError("SSL_CTX_new") }
        self.context = context
        self.host = host
        self.resumes = resumes
        verifies = authority != nil
        // OpenSSL writes with no flag against it.
        signal(SIGPIPE, SIG_IGN)
        let modes = SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
        SSL_CTX_ctrl(context, SSL_CTRL_MODE, Int(modes), nil)
        SSL_CTX_ctrl(context, SSL_CTRL_SET_READ_AHEAD, 1, nil)
        SSL_CTX_ctrl(context, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        guard let authority else { return }
        guard SSL_CTX_load_verify_locations(context, authority, nil) == 1 else { throw Self.lastError(authority) }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    }

    deinit {
        SSL_SESSION_free(session)
        SSL_CTX_free(context)
    }

    /// Makes a connected, blocking descriptor a link. The caller keeps the descriptor when this fails.
    func handshake(on descriptor: CInt) throws(LoadError) -> Link {
        ERR_clear_error()
        guard let connection = SSL_new(context) else { throw Self.lastError("SSL_new") }
        SSL_set_fd(connection, descriptor)
        if let session { SSL_set_session(connection, session) }
        setName(connection)
        let result = SSL_connect(connection)
        if result == 1 { return Link(descriptor: descriptor, session: connection) }
        defer { SSL_free(connection) }
        switch SSL_get_error(connection, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE:
            throw LoadError(.silent, "TLS handshake: no answer in time")
        case SSL_ERROR_SYSCALL:
            throw LoadError(.closed, "TLS handshake: the server ended the connection")
        default:
            throw Self.lastError("TLS handshake")
        }
    }

    /// Keeps what a served client may resume; the server has sent it with or before the first bytes.
    func keepSession(of link: Link) {
        guard resumes, let connection = link.session, let newer = SSL_get1_session(connection) else { return }
        guard SSL_SESSION_is_resumable(newer) == 1 else { return SSL_SESSION_free(newer) }
        SSL_SESSION_free(session)
        session = newer
    }

    /// What a read or write that moved nothing means.
    static func failure(_ connection: OpaquePointer, _ result: CInt) -> SystemCalls.Transfer {
        let cause = errno
        return switch SSL_get_error(connection, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: .wouldBlock
        case SSL_ERROR_ZERO_RETURN: .ended
        case SSL_ERROR_SYSCALL where cause != 0 && cause != ECONNRESET && cause != EPIPE: .failed(cause)
        case SSL_ERROR_SYSCALL: .ended
        default: .failed(EPROTO)
        }
    }

    /// Whom the server has to be. An address is never asked for by name.
    private func setName(_ connection: OpaquePointer) {
        if SystemCalls.isAddress(host) {
            if verifies { X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host) }
            return
        }
        if verifies { SSL_set1_host(connection, host) }
        host.withCString { name in
            _ = SSL_ctrl(
                connection,
                SSL_CTRL_SET_TLSEXT_HOSTNAME,
                Int(TLSEXT_NAMETYPE_host_name),
                UnsafeMutableRawPointer(mutating: name)
            )
        }
    }

    private static func lastError(_ what: String) -> LoadError {
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(ERR_get_error(), &text, text.count)
        let end = text.firstIndex(of: 0) ?? text.count
        let reason = String(decoding: text[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return LoadError(.system, "\(what): \(reason)")
    }
}
