// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// The tests that speak to a whole node. One after the other: each has a node, and the machine may have one core.
@Suite(.serialized, .onOwnThreads, .timeLimit(.minutes(5))) enum NodeTests {}

/// A node and where it listens.
struct OpenGate {
    let node: RunningNode
    let port: UInt16

    /// A new client, which keeps the node alive.
    func client(seconds: Int = 60) throws -> GateClient { try GateClient(port: port, seconds: seconds, node: node) }
}

extension RunningNode {
    /// A node whose `start` service is a script of Tests/Scripts/gateway that logs `<script> listens on host:port`.
    ///
    /// - Parameters:
    ///   - settings: further keys of the configuration, in Lua.
    ///   - environment: added to that of the tests.
    ///   - descriptors: how many descriptors the process may have at most.
    static func running(
        _ script: String,
        settings: String = "",
        environment: [String: String] = [:],
        descriptors: Int? = nil
    ) async throws -> OpenGate {
        let config = """
            thread = 2
            harbor = 0
            start = "\(script)"
            luaservice = "./Tests/Scripts/gateway/?.lua;./examples/?.lua"
            \(settings)
            """
        let node = try RunningNode(
            ["{DIR}config"],
            files: ["config": config],
            environment: environment,
            descriptors: descriptors
        )
        return OpenGate(node: node, port: try await node.port(after: "\(script) listens on"))
    }

    /// An example as a user starts it, but at a port that is free.
    static func example(_ name: String) async throws -> OpenGate {
        let node = try RunningNode(["examples/\(name)/config", "--set", "port=0", "--set", "address=127.0.0.1"])
        return OpenGate(node: node, port: try await node.port(after: "\(name) listens on"))
    }
}
