// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The endpoints that somebody meant when he wrote an address: one, or several that differ in what he left out.
///
/// `wss://0.0.0.0/` is every port there, and `wss://0.0.0.0:8443` every path.
public struct EndpointPattern: Sendable, Hashable, CustomStringConvertible {
    public let scheme: Endpoint.Scheme
    private let host: String
    private let port: Int?
    private let resource: String?
    /// As it was written.
    public let description: String

    /// Reads a URL, with or without a port and a path, or `host:port`.
    public init(parsing text: String) throws(Endpoint.ParseError) {
        description = text
        if text.contains("://") {
            let url = try EndpointURL(parsing: text)
            scheme = url.scheme
            host = Self.canonical(url.host, scheme)
            port = url.port
            resource = url.resource == "/" ? nil : url.resource
        } else {
            let endpoint = try Endpoint(parsing: text, port: nil)
            scheme = .tcp
            host = Self.canonical(endpoint.host, .tcp)
            port = endpoint.port
            resource = nil
        }
    }

    public func matches(_ endpoint: Endpoint) -> Bool {
        scheme == endpoint.scheme && host == Self.canonical(endpoint.host, scheme)
            && (port == nil || port == endpoint.port) && (resource == nil || resource == endpoint.resource)
    }

    public static func == (left: EndpointPattern, right: EndpointPattern) -> Bool {
        left.scheme == right.scheme && left.host == right.host && left.port == right.port
            && left.resource == right.resource
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(scheme)
        hasher.combine(host)
        hasher.combine(port)
        hasher.combine(resource)
    }

    /// How much of an endpoint it says; the port counts more than the path.
    fileprivate var detail: Int { (port == nil ? 0 : 2) + (resource == nil ? 0 : 1) }

    /// One spelling for what is the same: addresses in numbers have many, names have two cases.
    private static func canonical(_ host: String, _ scheme: Endpoint.Scheme) -> String {
        if scheme == .unix { return host }
        if host.isEmpty { return "0.0.0.0" }
        return PackedAddress(numeric: host)?.host ?? host.lowercased()
    }
}

/// What is configured for endpoints: defaults, and what is said of some of them.
public struct EndpointCatalog<Options: Sendable & Equatable>: Sendable, Equatable {
    private struct Entry: Sendable, Equatable {
        let pattern: EndpointPattern
        let options: Options
    }

    /// For every endpoint that nothing else is said of.
    public var defaults: Options
    private var entries: [Entry] = []

    public init(defaults: Options) { self.defaults = defaults }

    /// Says what holds for the endpoints of a pattern instead of the defaults.
    ///
    /// - Returns: how the same pattern was written before; it keeps its options. Nil: it is new.
    public mutating func add(_ pattern: EndpointPattern, _ options: Options) -> EndpointPattern? {
        if let entry = entries.first(where: { $0.pattern == pattern }) { return entry.pattern }
        entries.append(Entry(pattern: pattern, options: options))
        return nil
    }

    /// What holds for an endpoint: of the patterns that match it the one that says most, else the defaults.
    public func options(for endpoint: Endpoint) -> Options {
        entries.filter { $0.pattern.matches(endpoint) }.max { $0.pattern.detail < $1.pattern.detail }?.options
            ?? defaults
    }
}

extension EndpointCatalog<ListenerOptions> {
    /// What holds for a listener, ready for use.
    ///
    /// - Throws: what its options contradict; a missing certificate above all.
    public func listenerOptions(for endpoint: Endpoint) throws(ListenerOptions.Contradiction) -> ListenerOptions {
        var options = options(for: endpoint)
        options.settle(for: endpoint.scheme)
        if let found = options.contradiction(for: endpoint.scheme) { throw found }
        return options
    }
}
