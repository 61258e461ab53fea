// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL

/// What the TLS connections of a listener share, or those that are made with the same options: certificates, ciphers and
/// whom to believe.
///
/// It is complete when `init` returns, and OpenSSL counts and locks what its connections share from then on; this is
/// what makes it safe to use from any thread.
final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer
    let isServer: Bool
    /// Whether a server has to prove its name.
    let verifiesServer: Bool
    /// How the sessions of this context move bytes.
    let streams: OpaquePointer
    /// What callbacks of the library look at: it must stay where it is, and as long as this.
    private let choices: UnsafeMutablePointer<TLSChoices>

    private init(_ method: OpaquePointer, isServer: Bool, verifiesServer: Bool) throws(TLSError) {
        ERR_clear_error()
        guard let pointer = SSL_CTX_new(method) else { throw .last("SSL_CTX_new") }
        guard let streams = TLSFeed.makeMethod() else {
            SSL_CTX_free(pointer)
            throw .last("BIO_meth_new")
        }
        self.pointer = pointer
        self.isServer = isServer
        self.verifiesServer = verifiesServer
        self.streams = streams
        choices = .allocate(capacity: 1)
        choices.initialize(to: TLSChoices())
        // Without buffers of its own an idle connection costs the half.
        let modes = SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
        SSL_CTX_ctrl(pointer, SSL_CTRL_MODE, Int(modes), nil)
        SSL_CTX_set_options(pointer, COPENSSL_OP_NO_COMPRESSION | COPENSSL_OP_NO_RENEGOTIATION)
        SSL_CTX_ctrl(pointer, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        TLSFeed.count(in: pointer)
    }

    deinit {
        SSL_CTX_free(pointer)
        BIO_meth_free(streams)
        choices.deinitialize(count: 1)
        choices.deallocate()
    }

    /// For a listener.
    convenience init(_ options: TLSOptions) throws(TLSError) {
        guard let first = options.certificates.first else { throw TLSError("no certificate is given") }
        // Its sessions are good for nobody else's.
        var identity = [UInt8](repeating: 0, count: 32)
        guard RAND_bytes(&identity, 32) == 1 else { throw .last("RAND_bytes") }
        try self.init(options, first, identity)
        if options.certificates.count > 1 { try choose(among: options, identity) }
    }

    /// For those clients of a listener that get one of its certificates.
    private convenience init(
        _ options: TLSOptions,
        _ certificate: TLSOptions.Certificate,
        _ identity: [UInt8]
    ) throws(TLSError) {
        try self.init(TLS_server_method(), isServer: true, verifiesServer: false)
        try use(certificate)
        try set(options.minimumVersion)
        try setCiphers(options)
        try askForCertificates(options)
        try setProtocols(options.applicationProtocols)
        if SSL_CTX_set_session_id_context(pointer, identity, UInt32(identity.count)) != 1 {
            throw .last("SSL_CTX_set_session_id_context")
        }
        // One ticket: it is used once, and whoever comes with it gets the next.
        SSL_CTX_set_num_tickets(pointer, options.sessionTickets ? 1 : 0)
        if !options.sessionTickets { SSL_CTX_set_options(pointer, COPENSSL_OP_NO_TICKET) }
    }

    /// For outgoing connections.
    convenience init(_ options: TLSClientOptions) throws(TLSError) {
        try self.init(TLS_client_method(), isServer: false, verifiesServer: options.verifies)
        SSL_CTX_set_verify(pointer, options.verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
        if options.verifies {
            if let authority = options.authority {
                try trust(authority, announced: false)
            } else if SSL_CTX_set_default_verify_paths(pointer) != 1 {
                throw .last("SSL_CTX_set_default_verify_paths")
            }
        }
        if let certificate = options.certificate { try use(certificate) }
        try set(options.minimumVersion)
        let protocols = try TLSChoices.wire(options.applicationProtocols)
        // The one function of the library that answers 0 when all is well.
        if !protocols.isEmpty, SSL_CTX_set_alpn_protos(pointer, protocols, UInt32(protocols.count)) != 0 {
            throw .last("SSL_CTX_set_alpn_protos")
        }
    }

    // MARK: Certificates

    private func use(_ certificate: TLSOptions.Certificate) throws(TLSError) {
        let file = try PEMFile("certificate", certificate.chain)
        let chain = try file.certificates()
        defer { for certificate in chain { X509_free(certificate) } }
        let keyFile = try PEMFile("key", certificate.key)
        let key = try keyFile.key()
        defer { EVP_PKEY_free(key) }
        if X509_check_private_key(chain[0], key) != 1 {
            ERR_clear_error()
            throw keyFile.error("does not belong to the first certificate in \(certificate.chain)")
        }
        if SSL_CTX_use_certificate(pointer, chain[0]) != 1 { throw file.error(TLSError.takeReason()) }
        for certificate in chain.dropFirst() {
            if SSL_CTX_ctrl(pointer, SSL_CTRL_CHAIN_CERT, 1, UnsafeMutableRawPointer(certificate)) != 1 {
                throw file.error(TLSError.takeReason())
            }
        }
        if SSL_CTX_use_PrivateKey(pointer, key) != 1 { throw keyFile.error(TLSError.takeReason()) }
    }

    /// Has the name that a client asks for choose the certificate. A session moves to the context of its certificate and
    /// takes most rules from there, so all of them have the same.
    private func choose(among options: TLSOptions, _ identity: [UInt8]) throws(TLSError) {
        for certificate in options.certificates {
            choices.pointee.certificates.append(
                TLSChoices.Certificate(
                    names: certificate.names.map(TLSServerName.normal),
                    context: try TLSContext(options, certificate, identity)
                )
            )
        }
        COpenSSL_onServerName(
            pointer,
            { session, _, choices in
                guard let session, let choices else { return SSL_TLSEXT_ERR_NOACK }
                return choices.assumingMemoryBound(to: TLSChoices.self).pointee.choose(for: session)
            },
            choices
        )
    }

    // MARK: Rules

    private func set(_ minimum: TLSOptions.Version) throws(TLSError) {
        let version = minimum == .v1_3 ? TLS1_3_VERSION : TLS1_2_VERSION
        if SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(version), nil) != 1 {
            throw .last("SSL_CTX_set_min_proto_version")
        }
    }

    private func setCiphers(_ options: TLSOptions) throws(TLSError) {
        ERR_clear_error()
        if let ciphers = options.ciphers {
            guard SSL_CTX_set_cipher_list(pointer, ciphers) == 1 else { throw Self.unknown("ciphers", ciphers) }
            SSL_CTX_set_options(pointer, COPENSSL_OP_SERVER_PREFERENCE)
        }
        if let suites = options.cipherSuites {
            guard !suites.isEmpty, SSL_CTX_set_ciphersuites(pointer, suites) == 1 else {
                throw Self.unknown("cipher suites", suites)
            }
            SSL_CTX_set_options(pointer, COPENSSL_OP_SERVER_PREFERENCE)
        }
    }

    private static func unknown(_ what: String, _ list: String) -> TLSError {
        TLSError("\(what) \"\(list)\": \(TLSError.takeReason())")
    }

    private func askForCertificates(_ options: TLSOptions) throws(TLSError) {
        guard options.clientCertificates != .none else { return }
        guard let authority = options.clientAuthority else {
            throw TLSError("client certificates are \(options.clientCertificates) and no authority for them is given")
        }
        try trust(authority, announced: true)
        let required = options.clientCertificates == .required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | required, nil)
    }

    /// Believes whoever shows a certificate that one of those in a file has signed.
    /// - Parameter announced: whether peers are told whose certificates are welcome.
    private func trust(_ path: String, announced: Bool) throws(TLSError) {
        let file = try PEMFile("authority", path)
        let certificates = try file.certificates()
        defer { for certificate in certificates { X509_free(certificate) } }
        let store = SSL_CTX_get_cert_store(pointer)
        for certificate in certificates {
            if X509_STORE_add_cert(store, certificate) != 1 { throw file.error(TLSError.takeReason()) }
            if announced, SSL_CTX_add_client_CA(pointer, certificate) != 1 { throw file.error(TLSError.takeReason()) }
        }
    }

    private func setProtocols(_ protocols: [String]) throws(TLSError) {
        choices.pointee.protocols = try TLSChoices.wire(protocols)
        if protocols.isEmpty { return }
        SSL_CTX_set_alpn_select_cb(
            pointer,
            { _, chosen, length, offered, offeredLength, choices in
                guard let choices, let chosen, let length, let offered else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                let offer = UnsafeBufferPointer(start: offered, count: Int(offeredLength))
                let range = choices.assumingMemoryBound(to: TLSChoices.self).pointee.select(from: offer)
                guard let range else { return SSL_TLSEXT_ERR_ALERT_FATAL }
                chosen.pointee = offered + range.lowerBound
                length.pointee = UInt8(range.count)
                return SSL_TLSEXT_ERR_OK
            },
            choices
        )
    }
}
