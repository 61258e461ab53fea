// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Where a socket listens or connects to, and how its bytes travel there.
///
/// Scripts write a plain host with a port, as ever, or a URL: `tcp://0.0.0.0`, `tls://0.0.0.0`, `ws://0.0.0.0/path`,
/// `wss://0.0.0.0/path`, `unix:///run/gate.sock`.
public struct Endpoint: Sendable, Hashable {
    /// How the bytes travel.
    public enum Scheme: String, Sendable, CaseIterable {
        case tcp, tls, ws, wss, unix

        public var isEncrypted: Bool { self == .tls || self == .wss }
        public var isWebSocket: Bool { self == .ws || self == .wss }
    }

    public var scheme: Scheme
    /// A name or an address in numbers; for `unix` the path of the socket in the file system.
    public var host: String
    /// 0 for `unix`, and for a port that the system chooses.
    public var port: Int
    /// What a WebSocket asks for, from the slash on; `/` when nothing was said.
    public var resource: String

    public init(_ scheme: Scheme = .tcp, host: String, port: Int = 0, resource: String = "/") {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.resource = resource
    }
}

extension Endpoint: CustomStringConvertible {
    /// As a script would write it; plain TCP without its scheme.
    public var description: String {
        let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host.isEmpty ? "0.0.0.0" : host):\(port)"
        return switch scheme {
        case .tcp: place
        case .unix: "unix://\(host)"
        case .tls: "tls://\(place)"
        case .ws, .wss: "\(scheme.rawValue)://\(place)\(resource)"
        }
    }
}
