// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// Every script under Tests/Scripts is the `start` script of a real node and says itself whether all is well.
@Suite(.serialized, .onOwnThreads) struct ScriptTests {
    static let directory = RunningNode.home.appending(path: "Tests/Scripts")

    /// Paths relative to a folder of Tests/Scripts of the scripts that are tests, which say `TEST OK`; the others help.
    static func scripts(under folder: String = "", except other: String? = nil) -> [String] {
        let folder = directory.appending(path: folder)
        let files = FileManager.default.enumerator(atPath: folder.path())?.compactMap { $0 as? String } ?? []
        return files.filter { file in
            let text = try? String(contentsOf: folder.appending(path: file), encoding: .utf8)
            return file.hasSuffix(".lua") && text?.contains("TEST OK") == true
                && !(other.map(file.hasPrefix) ?? false)
        }.sorted()
    }

    /// Waits for the script's verdict, and for the end of its node.
    static func expectSuccess(of node: RunningNode, script: String) async throws {
        _ = try? await node.line(containing: "TEST ", seconds: 120)
        let verdict = node.lines.first { $0.contains("TEST OK") || $0.contains("TEST FAILED") }
        let log = node.lines.joined(separator: "\n")
        #expect(verdict?.contains("TEST OK") == true, "\(script):\n\(log)")
        #expect(try await node.exitStatus() == 0, "\(script):\n\(log)")
    }

    @Test(.timeLimit(.minutes(5)), arguments: scripts(except: "dropin/"))
    func `a script in a real node says that all is well`(script: String) async throws {
        let name = script.dropLast(".lua".count)
        let folder = Self.directory.appending(path: String(name)).deletingLastPathComponent().path()
        let config = """
            thread = 2
            harbor = 0
            start = "\(Self.directory.appending(path: String(name)).lastPathComponent)"
            luaservice = "\(folder)?.lua;\(folder)?/init.lua"
            lua_path = "\(folder)?.lua"
            snax = "\(folder)?.lua"
            checkbuffers = true
            """
        let node = try RunningNode(["{DIR}config"], files: ["config": config])
        try await Self.expectSuccess(of: node, script: script)
    }
}
