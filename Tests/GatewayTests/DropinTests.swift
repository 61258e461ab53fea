// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// Every script under Tests/Scripts/dropin/test is the `start` script of a node whose configuration has the shape of
/// skynet's own, with a tree that holds the library and the services of somebody else.
@Suite(.serialized, .onOwnThreads) struct DropinTests {
    @Test(.timeLimit(.minutes(5)), arguments: ScriptTests.scripts(under: "dropin/test"))
    func `a script in a tree of skynet's shape says that all is well`(script: String) async throws {
        let node = try RunningNode(
            ["{DIR}config"],
            files: ["config": try DropinTree.configuration(start: String(script.dropLast(".lua".count)))]
        )
        try await ScriptTests.expectSuccess(of: node, script: script)
    }
}

/// The tree Tests/Scripts/dropin: `lualib` and `service` play the part of another library, `test` that of the user.
enum DropinTree {
    /// A configuration in the shape of skynet's example configurations.
    ///
    /// - Parameter settings: further keys, in Lua; later ones win.
    static func configuration(start: String, settings: String = "") throws -> String {
        let ports = try FreePort.take(2)
        return """
            root = "./Tests/Scripts/dropin/"
            thread = 2
            logger = nil
            logpath = "{DIR}"
            harbor = 1
            address = "127.0.0.1:\(ports[0])"
            master = "127.0.0.1:\(ports[1])"
            standalone = "127.0.0.1:\(ports[1])"
            start = "\(start)"
            bootstrap = "snlua bootstrap"
            luaservice = root.."service/?.lua;"..root.."test/?.lua;"..root.."test/?/init.lua"
            lualoader = root.."lualib/loader.lua"
            lua_path = root.."lualib/?.lua;"..root.."lualib/?/init.lua"
            lua_cpath = root.."luaclib/?.so"
            cpath = root.."cservice/?.so"
            snax = root.."test/?.lua"
            \(settings)
            """
    }
}
