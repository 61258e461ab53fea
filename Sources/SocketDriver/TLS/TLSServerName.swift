// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL
internal import Glibc

/// The name a client gives the server that it means.
public enum TLSServerName {
    /// Addresses are no names: they are not sent, and a certificate has them in a field of their own.
    public static func isAddress(_ name: String) -> Bool {
        var address = (UInt64(0), UInt64(0))
        return inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1
    }

    /// Has a session, an `SSL *`, send the name in its first message, unless it is an address.
    public static func send(_ name: String, on session: OpaquePointer) throws(TLSError) {
        if isAddress(name) { return }
        let result = name.withCString { name in
            SSL_ctrl(
                session,
                SSL_CTRL_SET_TLSEXT_HOSTNAME,
                Int(TLSEXT_NAMETYPE_host_name),
                UnsafeMutableRawPointer(mutating: name)
            )
        }
        if result != 1 { throw .last("SSL_set_tlsext_host_name") }
    }

    /// In lower case and without the dot at its end: names that mean the same become the same.
    static func normal(_ name: String) -> String {
        let name = name.lowercased()
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }

    /// Whether a pattern means a name; both in normal form. `*.` at its beginning stands for one label.
    static func matches(_ pattern: String, _ name: String) -> Bool {
        guard pattern.hasPrefix("*.") else { return pattern == name }
        guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return false }
        return name[dot...] == pattern.dropFirst()
    }
}
