// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime
import Synchronization
import Testing

/// Law one: no Lua jump ever crosses a Swift frame.
@Suite(.serialized) struct LuaFunctionTests {
    /// Counts its live instances, so that a frame that was jumped over shows as a leak.
    final class InstanceCounter: Sendable {
        static let alive = Atomic<Int>(0)
        init() { Self.alive.add(1, ordering: .relaxed) }
        deinit { Self.alive.subtract(1, ordering: .relaxed) }
    }

    private func state() throws -> LuaState {
        let lua = try LuaState()
        try lua.openLibraries()
        return lua
    }

    @Test func `an error thrown a thousand times leaks nothing`() throws {
        let lua = try state()
        lua.stack.push { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                let counter = InstanceCounter()
                defer { withExtendedLifetime(counter) {} }
                throw .message("no")
            }
        }
        lua.stack.setGlobal("fail")
        try lua.run("for _ = 1, 1000 do assert(not pcall(fail)) end", chunkName: "=test")
        #expect(InstanceCounter.alive.load(ordering: .relaxed) == 0)
    }

    @Test func `a message is raised behind the position of its caller`() throws {
        let lua = try state()
        lua.stack.push { state in
            LuaFunction.enter(state) { _ throws(LuaError) in throw .message("broken") }
        }
        lua.stack.setGlobal("fail")
        try lua.run(
            """
            local ok, message = pcall(function()
                fail()
            end)
            assert(not ok and message == "chunk:2: broken", message)
            """,
            chunkName: "=chunk"
        )
    }

    @Test func `an argument error names the argument and the function`() throws {
        let lua = try state()
        LuaModule(
            "thing",
            [
                LuaFunction("take") { state in
                    LuaFunction.enter(state) { stack throws(LuaError) in
                        stack.push(try stack.requireInteger(2))
                        return 1
                    }
                }
            ]
        ).push(on: lua.stack)
        lua.stack.setGlobal("thing")
        try lua.run(
            """
            assert(thing.take(nil, "12") == 12)
            local ok, message = pcall(function() thing.take(1, {}) end)
            assert(message:find("bad argument #2 to 'take' (number expected, got table)", 1, true), message)
            ok, message = pcall(function() thing.take(1, 1.5) end)
            assert(message:find("number has no integer representation", 1, true), message)
            """,
            chunkName: "=test"
        )
    }

    @Test func `a value on top is raised as it is`() throws {
        let lua = try state()
        lua.stack.push { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                stack.pushTable()
                throw .value
            }
        }
        lua.stack.setGlobal("fail")
        try lua.run("local ok, value = pcall(fail); assert(type(value) == 'table')", chunkName: "=test")
    }

    @Test func `a metamethod that raises below Swift comes back as a status`() throws {
        let lua = try state()
        lua.stack.push { state in
            LuaFunction.enter(state) { stack throws(LuaError) in
                if !stack.pushText(of: 1) { throw .value }
                return 1
            }
        }
        lua.stack.setGlobal("text")
        try lua.run(
            """
            assert(text(12) == "12" and text("x") == "x")
            local angry = setmetatable({}, {__tostring = function() error({}) end})
            local ok, value = pcall(text, angry)
            assert(not ok and type(value) == "table")
            """,
            chunkName: "=test"
        )
    }

    @Test func `objects are told from foreign userdata and released by the collector`() throws {
        let kind = LuaObjectKind<InstanceCounter>("counter")
        do {
            let lua = try state()
            kind.push(InstanceCounter(), on: lua.stack)
            #expect(kind.object(-1, on: lua.stack) != nil)
            #expect(LuaObjectKind<InstanceCounter>("other").object(-1, on: lua.stack) == nil)
            lua.stack.pop()
            lua.stack.pushGlobal("io")
            lua.stack.rawGet(-1, field: "stdout")
            #expect(kind.object(-1, on: lua.stack) == nil)
            #expect(InstanceCounter.alive.load(ordering: .relaxed) == 1)
            lua.collectGarbage()
            #expect(InstanceCounter.alive.load(ordering: .relaxed) == 0)
            kind.push(InstanceCounter(), on: lua.stack)
        }
        #expect(InstanceCounter.alive.load(ordering: .relaxed) == 0, "closing the state releases what is left")
    }
}
