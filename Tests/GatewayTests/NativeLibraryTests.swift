// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// An old tree's `lua_cpath` offers libraries that do not load, or not in this Lua.
@Suite(.serialized, .onOwnThreads, .timeLimit(.minutes(5))) struct NativeLibraryTests {
    /// What the sources need of Lua, without its headers.
    private static let declarations = """
        typedef struct lua_State lua_State;
        extern int lua_getfield(lua_State *L, int index, const char *key);
        extern const char *lua_pushstring(lua_State *L, const char *text);
        extern void lua_createtable(lua_State *L, int array, int fields);
        extern void lua_setfield(lua_State *L, int index, const char *key);
        extern void dump_mem_lua(const char *name);

        """

    /// Needs a function that only skynet's own Lua has.
    private static func foreign(_ name: String) -> String {
        declarations + "int luaopen_\(name)(lua_State *L) { dump_mem_lua(\"\(name)\"); return 0; }\n"
    }

    /// Looks for the registry where Lua 5.5 has it.
    private static func newer(_ name: String) -> String {
        declarations
            + "int luaopen_\(name)(lua_State *L) { lua_getfield(L, -1073742823, \"_LOADED\"); return 1; }\n"
    }

    /// A module of one field, `origin`.
    private static func sound(_ name: String, origin: String) -> String {
        declarations + """
            int luaopen_\(name)(lua_State *L) {
                lua_createtable(L, 0, 1);
                lua_pushstring(L, "\(origin)");
                lua_setfield(L, -2, "origin");
                return 1;
            }

            """
    }

    /// Two directories on the path: what an old tree has, and what is good.
    private static func tree() throws -> SharedObjects {
        let objects = try SharedObjects()
        for name in ["skynet", "md5", "bson", "sproto"] { try objects.compile(foreign(name), as: "old/\(name)") }
        for name in ["lpeg", "shelf"] { try objects.compile(newer(name), as: "old/\(name)") }
        try objects.compile(foreign("lost"), as: "old/lost")
        try objects.compile(sound("other", origin: "old"), as: "old/other")
        try objects.compile(sound("other", origin: "new"), as: "new/other")
        try objects.compile(sound("shelf", origin: "new"), as: "new/shelf")
        try objects.compile(sound("many_inner", origin: "root"), as: "new/many")
        try "no library".write(to: objects.directory.appending(path: "old/text.so"), atomically: true, encoding: .utf8)
        return objects
    }

    private static func node(_ script: String, _ objects: SharedObjects) throws -> RunningNode {
        try RunningNode(
            ["{DIR}config"],
            files: [
                "config": """
                thread = 2
                harbor = 0
                start = "libraries"
                luaservice = "{DIR}?.lua"
                lua_cpath = "\(objects.directory.path())old/?.so;\(objects.directory.path())new/?.so"
                """,
                "libraries.lua": script,
            ]
        )
    }

    @Test func `a library that does not load is told about, and the next one on the path is used`() async throws {
        let objects = try Self.tree()
        let node = try Self.node(
            """
            local skynet = require "skynet"
            require "skynet.manager"
            assert(require "other".origin == "old", "the first one that loads")
            assert(require "shelf".origin == "new", "the first one that loads")
            assert(require "many.inner".origin == "root", "in the file of the root name")
            -- Natives are the program's, whatever the old tree has under their names.
            assert(#require "md5".sum "" == 16 and require "md5.core" and require "skynet.crypt")
            assert(require "bson".encode { a = 1 }:decode().a == 1)
            -- The system's lpeg, behind the old tree's.
            assert(require "sproto".parse(".A { x 0 : integer }"):encode("A", { x = 1 }) == "\\1\\0\\4\\0")
            skynet.start(function()
                skynet.error "TEST OK libraries"
                skynet.abort()
            end)
            """,
            objects
        )
        try await ScriptTests.expectSuccess(of: node, script: "libraries")
        let old = objects.directory.appending(path: "old").path()
        for name in ["shelf", "lpeg"] {
            let lines = node.lines.filter { $0.contains("module '\(name)' is '") }
            #expect(lines.count == 1, "\(node.lines)")
            let reason = "file '\(old)/\(name).so' does not load: luaopen_\(name): attempt to index a nil value"
            #expect(lines.first?.contains(reason) == true, "\(lines)")
        }
    }

    @Test(arguments: [
        ("lost", "undefined symbol: dump_mem_lua"), ("skynet.lost", "undefined symbol: dump_mem_lua"),
        ("text", "file too short"), ("many.absent", "luaopen_many_absent"),
    ])
    func `a module whose only library does not load says why`(name: String, reason: String) async throws {
        let objects = try Self.tree()
        let node = try Self.node("require '\(name)'", objects)
        #expect(try await node.exitStatus() != 0)
        let text = node.lines.joined(separator: "\n")
        let file = name.split(separator: ".").first ?? ""
        #expect(text.contains("/\(file).so' does not load: "), "\(text)")
        #expect(text.contains(reason), "\(text)")
    }
}
