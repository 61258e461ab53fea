// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import SocketDriver

/// Reads the tables `listeners` and `connects`: under `default` what holds for all, under an address, or under a name
/// with an address in it, what holds there instead.
enum TransportTables {
    /// The names of the tables, which are no keys that scripts could read.
    static let names = ["connects", "listeners"]

    private static let defaults = "default"

    /// - Parameter certificate: what listeners show that have no certificate of their own.
    static func listeners(
        _ settings: ConfigurationSettings,
        certificate: TLSOptions.Certificate?
    ) throws(ConfigurationError) -> EndpointCatalog<ListenerOptions> {
        var draft = ListenerDraft()
        draft.tls.certificate = certificate
        let check = Check(
            defaults: { node, draft throws(ConfigurationError) in
                // What is said for all listeners has to be right for some, and those of WebSockets use the most of it.
                let scheme: Endpoint.Scheme = draft.settled.tls == nil ? .ws : .wss
                if let found = draft.settled.contradiction(for: scheme) { throw Self.error(found, node) }
            },
            entry: Self.check
        )
        return try catalog("listeners", settings, draft, ListenerDraft.keys, \.settled, \.address, check)
    }

    static func connects(
        _ settings: ConfigurationSettings
    ) throws(ConfigurationError) -> EndpointCatalog<ConnectOptions> {
        let check = Check<ConnectDraft>(
            defaults: { _, _ throws(ConfigurationError) in },
            entry: { node, _, scheme throws(ConfigurationError) in try refuseForeign(node, scheme) }
        )
        return try catalog("connects", settings, ConnectDraft(), ConnectDraft.keys, \.settled, \.address, check)
    }

    /// What does not go together.
    private struct Check<Draft> {
        let defaults: (TableNode, Draft) throws(ConfigurationError) -> Void
        let entry: (TableNode, inout Draft, Endpoint.Scheme) throws(ConfigurationError) -> Void
    }

    private static func catalog<Draft: TableDraft, Options: Sendable & Equatable>(
        _ name: String,
        _ settings: ConfigurationSettings,
        _ initial: Draft,
        _ keys: [TableKey<Draft>],
        _ settled: KeyPath<Draft, Options>,
        _ address: KeyPath<Draft, String?>,
        _ check: Check<Draft>
    ) throws(ConfigurationError) -> EndpointCatalog<Options> {
        guard let table = settings.tables[name] else { return EndpointCatalog(defaults: initial[keyPath: settled]) }
        let entries = try TableNode(name, table).fields()
        var common = initial
        if let node = entries.first(where: { $0.key == defaults })?.node {
            try common.apply(node, keys.filter { $0.name != "address" })
            try check.defaults(node, common)
        }
        var catalog = EndpointCatalog(defaults: common[keyPath: settled])
        for (key, node) in entries where key != defaults {
            var draft = common
            try draft.apply(node, keys)
            let pattern = try pattern(key, draft[keyPath: address], node)
            try check.entry(node, &draft, pattern.scheme)
            if let before = catalog.add(pattern, draft[keyPath: settled]) {
                throw node.error("\(pattern) is configured already, as \(before)")
            }
        }
        return catalog
    }

    /// Of a table whose key is an address, or a name when the table says where it is.
    private static func pattern(
        _ key: String,
        _ address: String?,
        _ node: TableNode
    ) throws(ConfigurationError) -> EndpointPattern {
        let isName = key.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_.-]*/) != nil
        if isName, address == nil {
            let hint = key.wholeMatch(of: /[Dd]efaults?/) == nil ? "" : "; did you mean default?"
            throw node.error("a name needs an address = \"…\" in its table\(hint)")
        }
        if !isName, address != nil { throw node.error("the key of the table is an address already", at: "address") }
        do throws(Endpoint.ParseError) {
            return try EndpointPattern(parsing: address ?? key)
        } catch {
            throw node.error(error.description, at: address == nil ? nil : "address")
        }
    }

    /// Keys that mean nothing to the scheme of a listener or a server.
    private static func refuseForeign(_ node: TableNode, _ scheme: Endpoint.Scheme) throws(ConfigurationError) {
        let foreign: [(key: String, isForeign: Bool, schemes: String)] = [
            ("tls", !scheme.isEncrypted, "tls and wss"), ("websocket", !scheme.isWebSocket, "ws and wss"),
            ("forwarded_headers", !scheme.isWebSocket, "ws and wss"),
            ("framing", scheme.isWebSocket, "tcp, tls and unix; a message of a WebSocket is a packet"),
        ]
        for (key, isForeign, schemes) in foreign where isForeign && node.keys.contains(key) {
            throw node.error("is for \(schemes)", at: key)
        }
    }

    /// What the listener said itself has to go together; what it inherited gives way where it is of no use.
    private static func check(
        _ node: TableNode,
        _ draft: inout ListenerDraft,
        _ scheme: Endpoint.Scheme
    ) throws(ConfigurationError) {
        try refuseForeign(node, scheme)
        if let found = draft.settled.contradiction(for: scheme), node.keys.contains(found.key) {
            throw error(found, node)
        }
        draft.options.settle(for: scheme)
        if let found = draft.settled.contradiction(for: scheme) { throw error(found, node) }
    }

    /// Names the key in the table that has it.
    private static func error(_ found: ListenerOptions.Contradiction, _ node: TableNode) -> ConfigurationError {
        guard ListenerDraft.TLS.keys.contains(where: { $0.name == found.key }) else {
            return node.error(found.text, at: found.key)
        }
        return node.error("\(found.key) \(found.text)", at: "tls")
    }
}
