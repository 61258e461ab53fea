// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import GateNode
import Testing

@Suite struct ScriptRunnerTests {
    private static func run(_ script: String, _ arguments: [String] = []) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "swiftgate-script-\(UUID().uuidString).lua")
        try script.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let home = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path()
        try ScriptRunner(installation: Installation(home: home)).run(file.path(), arguments: arguments)
    }

    @Test func `a script has arguments and the modules of clients`() throws {
        try Self.run(
            """
            #!/usr/bin/env swiftgate script
            assert(select("#", ...) == 2 and ... == "one" and arg[2] == "two" and arg[0]:match "%.lua$")
            for _, name in ipairs { "client.socket", "client.crypt", "sproto", "skynet.crypt", "skynet.netpack", "md5" } do
                assert(type(require(name)) == "table", name)
            end
            local netpack = require "skynet.netpack"
            local block, size = netpack.pack "hi"
            assert(netpack.tostring(block, size) == "\\0\\2hi")
            assert(require("sproto").parse(".A { x 0 : integer }"):encode("A", { x = 1 }) == "\\1\\0\\4\\0")
            """,
            ["one", "two"]
        )
    }

    @Test func `a script may replace its paths and still has what it was promised`() throws {
        try Self.run(
            """
            package.cpath = "luaclib/?.so"
            package.path = "nowhere/?.lua;nowhere/lualib/?.lua"
            for _, name in ipairs {
                "client.socket", "client.crypt", "sproto", "sprotoparser", "skynet.crypt", "skynet.netpack", "md5", "bson",
                "ltls.c",
            } do
                assert(type(require(name)) == "table", name)
            end
            assert(require "sproto".parse ".A { x 0 : integer }":encode("A", { x = 1 }) == "\\1\\0\\4\\0")
            package.searchers, package.loaded.md5 = {}, nil
            assert(require "md5".sumhexa "" == "d41d8cd98f00b204e9800998ecf8427e")
            package.loaded.md5, package = nil, nil
            assert(require "md5")
            local ok, text = pcall(function() return (require "sprot") end)
            assert(not ok and text:find "lua:14: module 'sprot' not found: did you mean 'sproto'%?", text)
            for _, any in ipairs { false, {}, print } do
                assert(not pcall(require, any))
            end
            """
        )
    }

    @Test func `errors name the script and the line`() {
        func failure(_ script: String) -> String {
            do { try Self.run(script) } catch { return "\(error)" }
            return ""
        }
        #expect(failure("local x = nil\nlocal function f() return x.y end\nf()").contains(".lua:2: attempt to index"))
        #expect(failure("\nerror 'no luck'").contains(".lua:2: no luck"))
        #expect(failure("\nerror 'no luck'").contains("stack traceback"))
        #expect(failure("x =").contains(".lua:1: "))
        #expect(failure("require 'nothing.here'").contains("module 'nothing.here' not found"))
    }

    @Test func `a missing script is named`() {
        #expect(throws: ScriptRunner.Failure.self) {
            try ScriptRunner(installation: nil).run("/nowhere/script.lua", arguments: [])
        }
    }
}
