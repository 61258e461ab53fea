// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Where a gate listens, and what is spoken there: the URL that a configuration has as `address`, with the port in it.
public struct LoadTarget: Sendable, Hashable {
    /// What carries the packets.
    public enum Transport: String, Sendable, CaseIterable {
        case tcp, tls, ws, wss, unix

        var isEncrypted: Bool { self == .tls || self == .wss }
        var isWebSocket: Bool { self == .ws || self == .wss }
    }

    public var transport: Transport
    /// An IPv4 address in numbers, or `localhost`; for ``Transport/unix`` nothing.
    public var host: String
    /// nil where the URL names none.
    public var port: UInt16?
    /// What a WebSocket asks for, query included, or the file of a unix socket; else nothing.
    public var path: String

    public init(_ transport: Transport = .tcp, host: String, port: UInt16? = nil, path: String = "") {
        self.transport = transport
        self.host = host
        self.port = port
        self.path = path
    }

    /// Reads `tcp://host:port`, `tls://host:port`, `ws://host:port/path`, `wss://host:port/path` or `unix://path`.
    public init(url: String) throws(LoadError) {
        let scheme = url.prefix { $0 != ":" }
        guard let transport = Transport(rawValue: String(scheme)), url.dropFirst(scheme.count).hasPrefix("://") else {
            let known = Transport.allCases.map { "\($0.rawValue)://" }.joined(separator: ", ")
            throw Self.error(url, "expected one of \(known)")
        }
        let rest = url.dropFirst(scheme.count + 3)
        if transport == .unix {
            guard !rest.isEmpty else { throw Self.error(url, "expected a file behind unix://") }
            self.init(transport, host: "", path: String(rest))
            return
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let behind = rest.dropFirst(authority.count)
        guard transport.isWebSocket || behind.isEmpty || behind == "/" else {
            throw Self.error(url, "\(scheme) has no path")
        }
        // What follows goes into the line of a request.
        guard behind.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Self.error(url, "a path is written in printable ASCII")
        }
        let path = behind.hasPrefix("/") ? String(behind) : "/" + behind
        let host = authority.prefix { $0 != ":" }
        guard !host.isEmpty else { throw Self.error(url, "expected a host behind \(scheme)://") }
        self.init(transport, host: String(host), path: transport.isWebSocket ? path : "")
        guard host.count < authority.count else { return }
        let digits = authority.dropFirst(host.count + 1)
        guard let port = UInt16(digits), port > 0 else { throw Self.error(url, "\(digits) is not a port") }
        self.port = port
    }

    private static func error(_ url: String, _ reason: String) -> LoadError {
        LoadError(.badConfiguration, "\(url): \(reason)")
    }
}
