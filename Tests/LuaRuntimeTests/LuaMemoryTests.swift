// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime
import Testing

@Suite struct LuaMemoryTests {
    @Test func `Lua code over the limit gets a catchable error, and the state goes on`() throws {
        let lua = try LuaState()
        try lua.openLibraries()
        lua.memoryLimit = lua.memoryUsed + 1_000_000
        try lua.run(
            """
            local ok, message = pcall(string.rep, "x", 10000000)
            assert(not ok and message == "not enough memory", message)
            assert(#string.rep("x", 1000) == 1000)
            """,
            chunkName: "=test"
        )
    }

    @Test func `a native function may overdraw, and Lua's next allocation is refused instead`() throws {
        let lua = try LuaState()
        try lua.openLibraries()
        lua.stack.push { state in
            LuaFunction.enter(state) { stack in
                stack.push(String(repeating: "x", count: 2_000_000))
                return 1
            }
        }
        lua.stack.setGlobal("much")
        lua.memoryLimit = lua.memoryUsed + 1_000_000
        try lua.run(
            """
            local function allocate() return {1, 2, 3} end
            local text = much()
            assert(#text == 2000000)
            local ok, message = pcall(allocate)
            assert(not ok and message == "not enough memory", message)
            text = nil
            """,
            chunkName: "=test"
        )
    }

    @Test func `the account returns to where it was`() throws {
        let lua = try LuaState()
        try lua.openLibraries()
        lua.collectGarbage()
        let before = lua.memoryUsed
        try lua.run("local t = {} for i = 1, 10000 do t[i] = {i} end", chunkName: "=test")
        #expect(lua.memoryUsed > before)
        lua.collectGarbage()
        #expect(lua.memoryUsed <= before + 1024)
    }

    @Test func `passing 32 MiB is told once`() throws {
        let lua = try LuaState()
        try lua.openLibraries()
        #expect(!lua.takeMemoryWarning())
        try lua.run("big = string.rep('x', 33 * 1024 * 1024)", chunkName: "=test")
        #expect(lua.takeMemoryWarning())
        #expect(!lua.takeMemoryWarning())
    }
}
