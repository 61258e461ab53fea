// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// How a listener speaks TLS to its clients.
public struct TLSOptions: Sendable, Hashable {
    public enum Version: String, Sendable, CaseIterable {
        case v1_2 = "1.2"
        case v1_3 = "1.3"
    }

    /// A chain of certificates with its key, both in PEM files.
    public struct Certificate: Sendable, Hashable {
        /// The file of the chain: the own certificate first.
        public var chain: String
        /// The file of the key.
        public var key: String
        /// The names it is shown for when a client asks by name; a name may begin with `*.`. Empty: those that the
        /// certificate itself has.
        public var names: [String]

        public init(chain: String, key: String, names: [String] = []) {
            self.chain = chain
            self.key = key
            self.names = names
        }
    }

    /// Whether clients have to say who they are.
    public enum ClientCertificates: String, Sendable, CaseIterable { case none, optional, required }

    /// The first is shown when no other one has the name that was asked for.
    public var certificates: [Certificate]
    public var minimumVersion = Version.v1_2
    /// OpenSSL's list of ciphers up to TLS 1.2; nil is the library's own choice.
    public var ciphers: String?
    /// OpenSSL's list of cipher suites of TLS 1.3; nil is the library's own choice.
    public var cipherSuites: String?
    /// ALPN, the preferred first; a client that offers only others is refused. Empty: none is chosen.
    public var applicationProtocols: [String] = []
    public var clientCertificates = ClientCertificates.none
    /// The file of the authorities that client certificates are checked against; needed to ask for any.
    public var clientAuthority: String?
    /// Whether a client may take up an earlier session, which spares both half of the work.
    public var sessionTickets = true

    public init(certificates: [Certificate]) { self.certificates = certificates }
}

/// How an outgoing connection speaks TLS.
public struct TLSClientOptions: Sendable, Hashable {
    /// Whether the server has to prove that it is who was asked for.
    public var verifies = true
    /// The file of the authorities it is checked against; nil: the system's.
    public var authority: String?
    public var minimumVersion = TLSOptions.Version.v1_2
    public var applicationProtocols: [String] = []
    /// What is shown to a server that asks.
    public var certificate: TLSOptions.Certificate?

    public init() {}
}
