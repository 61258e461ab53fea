// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What becomes of a connection by what it began with, where proxies may say for whom they connect.
public enum ProxyDecision: Sendable, Equatable {
    /// Why a connection is closed; the cases are what is counted.
    public enum Refusal: Sendable, Equatable, CustomStringConvertible {
        /// A header is required, and the peer is nobody who could be believed.
        case untrusted
        /// A header is required, and there is none.
        case missing
        /// The header cannot be read; the reason is for a log.
        case malformed(String)
        /// There is a header, from somebody who is no trusted proxy.
        case forged

        public var description: String {
            switch self {
            case .untrusted: "PROXY header required, and the peer is no trusted proxy"
            case .missing: "PROXY header required, and there is none"
            case .malformed(let reason): "PROXY header malformed: \(reason)"
            case .forged: "PROXY header from a peer that is no trusted proxy"
            }
        }
    }

    /// Too little has arrived.
    case wait
    /// The first bytes, as many as the header has, are to be taken off; nil: there is none.
    case proceed(ProxyHeader?)
    case refuse(Refusal)
}

extension ListenerOptions {
    /// Whether a peer is believed when it names somebody else.
    ///
    /// - Parameter peer: nil for the peer of a unix socket, which the permissions of its file let in.
    public func trusts(_ peer: PackedAddress?) -> Bool { peer.map(trustedProxies.contains) ?? true }

    /// Decides about a connection before anything of it is read.
    ///
    /// - Parameters:
    ///   - bytes: all that arrived so far, or at least ``ProxyHeader/longest`` of them.
    ///   - peer: the other end of the connection; nil for a unix socket.
    public func proxyDecision(_ bytes: some Collection<UInt8>, from peer: PackedAddress?) -> ProxyDecision {
        if proxyProtocol == .off { return .proceed(nil) }
        let isRequired = proxyProtocol == .required
        let isTrusted = trusts(peer)
        if isRequired, !isTrusted { return .refuse(.untrusted) }
        switch ProxyHeader.read(bytes) {
        case .incomplete: return .wait
        case .header(let header): return isTrusted ? .proceed(header) : .refuse(.forged)
        case .absent: return isRequired ? .refuse(.missing) : .proceed(nil)
        // What only resembles a header may be a client's own words.
        case .malformed(let reason): return isTrusted ? .refuse(.malformed(reason)) : .proceed(nil)
        }
    }
}
