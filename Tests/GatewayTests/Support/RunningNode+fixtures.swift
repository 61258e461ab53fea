// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// The tests that speak to a whole node. One after the other: each has a node, and the machine may have one core.
@Suite(.serialized, .timeLimit(.minutes(2))) enum NodeTests {}

extension RunningNode {
    /// A node whose `start` service is a script of Tests/Scripts/gateway, and the port it listens on.
    ///
    /// - Parameter settings: further keys of the configuration, in Lua.
    static func running(
        _ script: String, settings: String = "", descriptors: Int? = nil
    ) async throws -> (RunningNode, port: UInt16) {
        let config = """
            thread = 2
            harbor = 0
            start = "\(script)"
            luaservice = "./Tests/Scripts/gateway/?.lua;./examples/?.lua"
            \(settings)
            """
        let node = try RunningNode(["{DIR}config"], files: ["config": config], descriptors: descriptors)
        return (node, try await node.port(after: "\(script) listens on"))
    }

    /// An example as a user starts it, but at a port that is free.
    static func example(_ name: String) async throws -> (RunningNode, port: UInt16) {
        let node = try RunningNode(["examples/\(name)/config", "--set", "port=0", "--set", "host=127.0.0.1"])
        return (node, try await node.port(after: "\(name) listens on"))
    }
}
