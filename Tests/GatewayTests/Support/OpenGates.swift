// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// A node with a gate on each of several wires, their watchdogs being the examples' and their agents
/// `Tests/Scripts/gateway/agent.lua`.
struct OpenGates {
    let node: RunningNode
    private let addresses: [Wire: (host: String, port: UInt16)]

    /// The certificate, and its own authority, of `localhost`.
    static let certificate = "Tests/Fixtures/tls/server-cert.pem"
    static let key = "Tests/Fixtures/tls/server-key.pem"

    /// - Parameters:
    ///   - listener: fields of the table that holds for every listener, in Lua.
    ///   - settings: further keys of the configuration, in Lua.
    init(_ wires: [Wire] = Wire.all, listener: String = "", settings: String = "") async throws {
        let hosts = Dictionary(uniqueKeysWithValues: wires.enumerated().map { ($1, "127.0.1.\($0 + 1)") })
        func address(_ wire: Wire) -> String {
            switch wire.scheme {
            case .unix: "unix://{DIR}gate.sock"
            case .ws, .wss: "\(wire.scheme)://\(hosts[wire]!)/play"
            case .tcp, .tls: "\(wire.scheme)://\(hosts[wire]!)"
            }
        }
        let tables = wires.filter { !$0.isWebSocket }.map {
            "    [\"\(address($0))\"] = { framing = \"\($0.framing)\" },\n"
        }
        let config = """
            thread = 2
            harbor = 0
            start = "transports"
            luaservice = "./Tests/Scripts/gateway/?.lua;./examples/?.lua"
            tls_certificate = "\(Self.certificate)"
            tls_key = "\(Self.key)"
            gates = "\(wires.map { "\($0)=\(address($0))" }.joined(separator: " "))"
            listeners = {
                default = { \(listener) },
            \(tables.joined())}
            \(settings)
            """
        node = try RunningNode(["{DIR}config"], files: ["config": config])
        try await node.line(containing: "all gates are open")
        var addresses: [Wire: (host: String, port: UInt16)] = [:]
        for wire in wires {
            addresses[wire] = (hosts[wire]!, try await node.port(after: "gate \(wire) listens on"))
        }
        self.addresses = addresses
    }

    /// A connection on which nothing has been said.
    func connection(_ wire: Wire) throws -> GateClient {
        guard let address = addresses[wire] else { throw GateClient.Failure(description: "no gate on \(wire)") }
        return wire.scheme == .unix
            ? try GateClient(path: node.directory.path() + "gate.sock", seconds: 20, node: node)
            : try GateClient(host: address.host, port: address.port, seconds: 20, node: node)
    }

    /// `host:port`, where others connect to.
    func place(_ wire: Wire) -> String { addresses[wire].map { "\($0.host):\($0.port)" } ?? "" }

    func host(_ wire: Wire) -> String { addresses[wire]?.host ?? "" }

    /// As the log names it.
    func endpoint(_ wire: Wire) -> String {
        switch wire.scheme {
        case .tcp: place(wire)
        case .tls: "tls://\(place(wire))"
        case .ws, .wss: "\(wire.scheme)://\(place(wire))/play"
        case .unix: "unix://\(node.directory.path())gate.sock"
        }
    }

    func client(_ wire: Wire, _ greeting: WireClient.Greeting = .init()) throws -> WireClient {
        try WireClient(wire, on: connection(wire), greeting)
    }

    /// Runs a body for one wire after the other, and says which of them failed.
    func each(_ wires: [Wire] = Wire.all, _ body: (Wire) async throws -> Void) async {
        for wire in wires {
            do { try await body(wire) } catch { Issue.record("\(wire): \(error)\n\(node.lines.suffix(5))") }
        }
    }
}
