// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation

/// Nodes of one harbor network, each in a process of its own, which the test steers by Lua code.
final class HarborNetwork {
    /// A node and a connection that takes code.
    struct Member {
        let node: RunningNode
        let client: GateClient

        /// Runs Lua code in the node's start service; answers what it returned.
        func run(_ code: String) throws -> String { try client.ask(code) }

        /// Runs code until it returns what is expected.
        func wait(for expected: String, _ code: String) async throws {
            try await until(expected, client, answersTo: code)
        }

        /// Begins a call that may take for ever; ``result(of:)`` tells what came of it.
        func begin(_ name: String, _ function: String, _ arguments: String...) throws {
            _ = try run("begin(\(([#""\#(name)""#, function] + arguments).joined(separator: ", ")))")
        }

        func result(of name: String) throws -> String { try run("return done.\(name)") }

        func wait(for expected: String, of name: String) async throws {
            try await wait(for: expected, "return done.\(name)")
        }
    }

    let master: UInt16
    private let addresses: [Int: UInt16]

    /// - Parameters:
    ///   - numbers: of the nodes there may be.
    ///   - master: where the master listens; some free port unless given.
    init(_ numbers: Int..., master: UInt16? = nil) throws {
        let ports = try FreePort.take(numbers.count + 1)
        self.master = master ?? ports[0]
        addresses = Dictionary(uniqueKeysWithValues: zip(numbers, ports.dropFirst()))
    }

    /// Where a node listens for others.
    func address(of number: Int) -> String { "127.0.0.1:\(addresses[number] ?? 0)" }

    /// Starts a node that may or may not come up.
    func launch(_ number: Int, isStandalone: Bool = false) throws -> RunningNode {
        let config = """
            thread = 2
            harbor = \(number)
            master = "127.0.0.1:\(master)"
            address = "\(address(of: number))"
            standalone = \(isStandalone ? "master" : "nil")
            start = "steered"
            luaservice = "./Tests/Scripts/harbor/?.lua"
            """
        return try RunningNode(["{DIR}config"], files: ["config": config])
    }

    /// Starts a node and waits until it takes code.
    func start(_ number: Int, isStandalone: Bool = false) async throws -> Member {
        let node = try launch(number, isStandalone: isStandalone)
        return Member(node: node, client: try GateClient(port: try await node.port(), node: node))
    }
}
