// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// Law one is kept by the compiler: a Lua function that may raise cannot be called from Swift.
@Suite struct FenceTests {
    static let fenced = [
        "lua_error", "lua_callk", "lua_yieldk", "lua_gettable", "lua_getfield", "lua_geti", "lua_getglobal",
        "lua_settable", "lua_setfield", "lua_seti", "lua_setglobal", "lua_arith", "lua_compare", "lua_concat",
        "lua_len",
        "lua_next", "luaL_checklstring", "luaL_checkinteger", "luaL_checknumber", "luaL_checkudata", "luaL_argerror",
        "luaL_checktype", "luaL_typeerror", "luaL_tolstring", "luaL_len", "luaL_requiref", "luaL_callmeta",
        "luaL_checkstack", "lua_toclose",
    ]

    @Test func `a function that never raises compiles`() throws {
        let outcome = try Self.typecheck("import CLuaShim\nlet call = lua_gettop\n")
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test func `every function that may raise is refused with the remedy`() throws {
        let references = Self.fenced.enumerated().map { "let call\($0.offset) = \($0.element)\n" }
        let outcome = try Self.typecheck("import CLuaShim\n" + references.joined())
        #expect(outcome.status != 0)
        for name in Self.fenced {
            let refusal = try Regex("error: '\(name)(\\([^']*\\))?' is unavailable in Swift: \\w+")
            #expect(outcome.output.firstMatch(of: refusal) != nil, "\(name) is not fenced")
        }
    }

    @Test func `a remedy's C functions exist and may be called from Swift`() throws {
        let functions = try Self.words(of: /\b(?:lua|luaL|CLua)_\w+/)
        #expect(functions.count > 5, "the header was not understood")
        let references = functions.enumerated().map { "let call\($0.offset) = \($0.element)\n" }
        let outcome = try Self.typecheck("import CLuaShim\n" + references.joined())
        #expect(outcome.status == 0, "\(outcome.output)")
    }

    @Test func `a remedy's Swift functions exist`() throws {
        let functions = try Self.words(of: /\bLua\w+\.\w+/)
        #expect(functions.count > 3, "the header was not understood")
        let room = try Checkout.sources.filter { $0.room == "LuaRuntime" }.map { try $0.text }
        for function in functions {
            let parts = function.split(separator: ".")
            let type = try Regex("\\b(struct|class|extension) \(parts[0])\\b")
            let member = try Regex("\\bfunc \(parts[1])\\b")
            #expect(room.contains { $0.contains(type) && $0.contains(member) }, "\(function)")
        }
    }

    @Test func `a remedy's files exist`() throws {
        for file in try Self.words(of: /\b\w+\.[ch]\b/) {
            #expect(Checkout.sources.contains { $0.path == "Sources/CLuaShim/\(file)" }, "\(file)")
        }
    }

    /// What the remedies of the fence name, each once.
    private static func words(of form: some RegexComponent) throws -> Set<String> {
        let header = try SourceFile(path: "Sources/CLuaShim/include/CLuaShim.h").text
        let remedies = header.matches(of: /CLUA_(?:RAISES|FENCED)\("([^"]*)"/).map { $0.1 }
        return Set(remedies.flatMap { remedy in remedy.matches(of: form).map { String(remedy[$0.range]) } })
    }

    /// Checks a snippet against the module maps of CLua and CLuaShim.
    private static func typecheck(_ snippet: String) throws -> Tool.Outcome {
        let folder = FileManager.default.temporaryDirectory.appending(path: "swiftgate-fence-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let header = Checkout.root.appending(path: "Sources/CLuaShim/include/CLuaShim.h").path
        try "module CLuaShim { header \"\(header)\" export * }\n"
            .write(to: folder.appending(path: "module.modulemap"), atomically: true, encoding: .utf8)
        let source = folder.appending(path: "Snippet.swift")
        try snippet.write(to: source, atomically: true, encoding: .utf8)

        let flags = try Tool.run("pkg-config", ["--cflags", "lua5.4"]).output.split(whereSeparator: \.isWhitespace)
        let modules = [folder.path, Checkout.root.appending(path: "Sources/CLua").path].flatMap { ["-I", $0] }
        return try Tool.run(
            "swiftc",
            ["-typecheck", "-module-cache-path", folder.path, source.path] + modules
                + flags.flatMap { ["-Xcc", String($0)] }
        )
    }
}
