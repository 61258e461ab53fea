// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import LuaRuntime
import Testing

/// Messages in the thread object of a state, and how they are suspended and broken off.
@Suite(.serialized) struct LuaTurnTests {
    /// A state whose callback is the function the source returns; it sees the profiled coroutine functions.
    private func state(callback source: String) throws -> LuaState {
        LuaThread.installHandler()
        let lua = try LuaState()
        try lua.openLibraries()
        lua.stack.pushProfile()
        lua.stack.setGlobal("profile")
        lua.stack.push { state in
            LuaFunction.enter(state) { stack in
                stack.copy(1)
                stack.setCallback()
                return 0
            }
        }
        lua.stack.setGlobal("callback")
        try lua.run("coroutine.resume, coroutine.wrap = profile.resume, profile.wrap", chunkName: "=setup")
        try lua.run(source, chunkName: "=test")
        return lua
    }

    private func turn(_ lua: LuaState, type: Int32 = 0) -> LuaTurnOutcome {
        lua.turn(type: type, message: nil, size: 0, session: 7, source: 8)
    }

    @Test func `the callback gets the message`() throws {
        let lua = try state(
            callback: "callback(function(...) got = table.pack(...) end)"
        )
        #expect(turn(lua, type: 3) == .finished)
        try lua.run(
            "assert(got.n == 5 and got[1] == 3 and got[3] == 0 and got[4] == 7 and got[5] == 8)",
            chunkName: "=t"
        )
    }

    @Test func `an error is reported with a traceback and the next message is handled`() throws {
        let lua = try state(callback: "callback(function(type) if type == 1 then error 'no' end; seen = type end)")
        guard case .failed(_, let text) = turn(lua, type: 1) else {
            Issue.record("did not fail")
            return
        }
        #expect(text?.hasPrefix("test:1: no\nstack traceback:") == true)
        #expect(turn(lua, type: 2) == .finished)
        try lua.run("assert(seen == 2)", chunkName: "=t")
        #expect(lua.stack.count == 0)
    }

    @Test func `a new callback takes effect with the next message`() throws {
        let lua = try state(
            callback: """
                callback(function()
                    callback(function() second = true end)
                    first = true
                end)
                """
        )
        #expect(turn(lua) == .finished)
        try lua.run("assert(first and not second)", chunkName: "=t")
        #expect(turn(lua) == .finished)
        try lua.run("assert(second)", chunkName: "=t")
    }

    @Test func `yielding out of the callback is an error, not a suspension`() throws {
        let lua = try state(callback: "callback(function() coroutine.yield() end)")
        guard case .failed(_, let text) = turn(lua) else {
            Issue.record("did not fail")
            return
        }
        #expect(text == "attempt to yield from outside a coroutine")
    }

    @Test(arguments: [
        "spin()",
        "local co = coroutine.create(spin); assert(coroutine.resume(co))",
        "coroutine.wrap(function() coroutine.wrap(spin)() end)()",
        "assert(pcall(spin))",
    ])
    func `a long turn is suspended wherever it is, and goes on to the right end`(body: String) throws {
        let lua = try state(
            callback: """
                function spin() for i = 1, 3000000 do total = (total or 0) + 1 end end
                callback(function() \(body); finished = true end)
                """
        )
        LuaInterrupt(lua).requestSuspension()
        var outcome = turn(lua)
        #expect(outcome == .suspended)
        var slices = 1
        while outcome == .suspended, slices < 5 {
            LuaInterrupt(lua).requestSuspension()
            slices += 1
            outcome = lua.continueTurn()
        }
        while outcome == .suspended { outcome = lua.continueTurn() }
        #expect(outcome == .finished)
        try lua.run("assert(finished and total == 3000000, total)", chunkName: "=t")
    }

    @Test func `below a C function a suspension waits`() throws {
        let lua = try state(
            callback: """
                callback(function()
                    local t = {}
                    for i = 1, 200 do t[i] = i % 17 end
                    table.sort(t, function(a, b) inside = (inside or 0) + 1; return a < b end)
                    after = true
                end)
                """
        )
        LuaInterrupt(lua).requestSuspension()
        var outcome = turn(lua)
        while outcome == .suspended { outcome = lua.continueTurn() }
        #expect(outcome == .finished)
        try lua.run("assert(after and inside > 100)", chunkName: "=t")
    }

    @Test func `a break asked for before the turn is its first error`() throws {
        let lua = try state(callback: "callback(function() x = 1 end)")
        LuaInterrupt(lua).requestBreak()
        guard case .failed(_, let text) = turn(lua) else {
            Issue.record("did not break")
            return
        }
        #expect(text?.contains("signal 0") == true)
    }

    @Test func `a break from another thread is an error the script may catch`() throws {
        let lua = try state(
            callback: """
                callback(function()
                    local ok, message = pcall(function() while true do end end)
                    caught = message
                end)
                """
        )
        let (interrupt, runner) = (LuaInterrupt(lua), LuaThread())
        Thread.detachNewThread {
            // By then the turn has begun, on a machine under load as well.
            usleep(300_000)
            interrupt.requestBreak()
            runner.interrupt()
        }
        #expect(turn(lua) == .finished)
        try lua.run("assert(caught:find 'signal 0', caught)", chunkName: "=t")
    }

    @Test func `profiling counts the time a coroutine ran`() throws {
        let lua = try state(callback: "callback(function() end)")
        try lua.run(
            """
            local co = coroutine.create(function()
                for i = 1, 2000000 do end
                coroutine.yield()
            end)
            profile.start(co)
            assert(not pcall(profile.start, co))
            coroutine.resume(co)
            for i = 1, 2000000 do end
            local time = profile.stop(co)
            assert(time > 0 and time < 5, time)
            assert(not pcall(profile.stop, co))
            local ok, message = coroutine.resume(coroutine.create(function() error("x", 0) end))
            assert(not ok and message == "x")
            assert(select("#", coroutine.resume(coroutine.create(function(...) return ... end), 1, nil, nil)) == 4)
            local dead = coroutine.wrap(function() end)
            dead()
            local fine, text = pcall(dead)
            assert(not fine and text:find "cannot resume dead coroutine", text)
            """,
            chunkName: "=t"
        )
    }
}
