// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime
import LuaServices
import Testing

@Suite struct SharingTests {
    /// Two states as two services have them; what goes from one to the other goes as light userdata.
    private static func pair(_ modules: [LuaModule]) throws -> (LuaState, LuaState) {
        (
            try LuaVectors.state(nil, modules: modules + [TestBlocks.module]),
            try LuaVectors.state(nil, modules: modules + [TestBlocks.module])
        )
    }

    private static func handOver(_ name: String, from: LuaState, to: LuaState) {
        from.stack.pushGlobal(name)
        to.stack.push(lightUserdata: from.stack.userdata(-1))
        from.stack.pop()
        to.stack.setGlobal(name)
    }

    private static let reading = """
        local blocks = require "test.blocks"
        function read()
            return reader(function(pointer, size, extra) return blocks.peek(pointer, size), extra end, "extra")
        end
        function saw(...)
            local found, wanted = table.pack(read()), table.pack(...)
            same(found.n, wanted.n, "results")
            for i = 1, wanted.n do same(found[i], wanted[i], "result") end
        end
        """

    @Test func `a reader sees what the writer wrote last, once`() throws {
        let (writer, reader) = try Self.pair([Stm.module])
        try writer.run(
            "stm = require 'skynet.stm' writer = stm.new(require('test.blocks').block 'one') copy = stm.copy(writer)",
            chunkName: "=writer"
        )
        Self.handOver("copy", from: writer, to: reader)
        try reader.run("reader = require('skynet.stm').newcopy(copy)" + Self.reading, chunkName: "=reader")
        try reader.run("saw(true, 'one', 'extra') saw(false)", chunkName: "=reader")
        try writer.run("writer 'two' writer 'three'", chunkName: "=writer")
        try reader.run("saw(true, 'three', 'extra') saw(false)", chunkName: "=reader")
        try reader.run("assert(not pcall(require('skynet.stm').newcopy, copy))", chunkName: "=reader")
        try writer.run("writer 'four' writer = nil collectgarbage()", chunkName: "=writer")
        try reader.run("saw(false)", chunkName: "=reader")
    }

    @Test func `an error in the reading function is the reader's`() throws {
        let lua = try LuaVectors.state(nil, modules: [Stm.module])
        try lua.run(
            """
            local stm = require "skynet.stm"
            local writer = stm.new "x"
            local reader = stm.newcopy(stm.copy(writer))
            same_error("no luck", "raises", reader, function() error("no luck", 0) end)
            assert(not pcall(stm.new) and not pcall(stm.copy, 1) and not pcall(stm.newcopy, "x"))
            """,
            chunkName: "=errors"
        )
    }

    @Test func `a package lives until all have closed it`() throws {
        let (publisher, subscriber) = try Self.pair([Multicast.module])
        try publisher.run(
            """
            local core = require "skynet.multicast.core"
            local blocks = require "test.blocks"
            local block, size = core.pack(blocks.block "news")
            same(size, 8, "size")
            local message = blocks.peek(block, size)
            core.bind(block, 2)
            for _ = 1, 2 do
                local package, body, count = core.unpack(blocks.block(message))
                same(blocks.peek(body, count), "news", "body")
                core.close(package)
            end
            assert(not pcall(core.unpack, blocks.block(message)))
            core.bind(core.pack(blocks.block "nobody"), 0)
            same(core.nextid(0), 256, "next")
            same(core.nextid(0x7fffff05), 5, "wraps")
            copy = core.packremote(blocks.block "elsewhere")
            assert(not pcall(core.unpack, blocks.block "x"))
            """,
            chunkName: "=publisher"
        )
        Self.handOver("copy", from: publisher, to: subscriber)
        try subscriber.run(
            """
            local body, size = require("skynet.multicast.core").remote(copy)
            same(require("test.blocks").tostring(body, size), "elsewhere", "remote")
            """,
            chunkName: "=subscriber"
        )
    }

    @Test func `a hook of the debugger suspends its coroutine where it says so`() throws {
        let lua = try Self.pair([DebugChannel.module]).0
        try lua.run(
            """
            local sethook = require "skynet.debugchannel".sethook
            local lines = {}
            local co = coroutine.create(function(a)
                sethook(function(event, line) lines[#lines + 1] = line return event == "line" end, "l")
                local b = a + 1
                return b
            end)
            same(select("#", coroutine.resume(co, 1)), 1, "nothing is yielded")
            same(coroutine.status(co), "suspended", "at the first line")
            coroutine.resume(co, "lost")
            local found, result = debug.getlocal(co, 0, 2)
            same(result, 2, "the second line has run")
            sethook(co)
            local _, value = coroutine.resume(co)
            same(value, 2, "what the function returns")
            same(#lines, 2, "lines seen")
            """,
            chunkName: "=hook"
        )
    }

    @Test func `debugger input reaches the other end until one is gone`() throws {
        let (agent, target) = try Self.pair([DebugChannel.module])
        try agent.run("channel, handle = require('skynet.debugchannel').create()", chunkName: "=agent")
        Self.handOver("handle", from: agent, to: target)
        try target.run(
            """
            local debugchannel = require "skynet.debugchannel"
            channel = debugchannel.connect(handle)
            same(select("#", channel:read(0)), 0, "nothing yet")
            same(select("#", channel:read(0.001)), 0, "nothing in time")
            assert(not pcall(debugchannel.connect, handle))
            """,
            chunkName: "=target"
        )
        try agent.run("assert(channel:write 'a' and channel:write 'b')", chunkName: "=agent")
        try target.run("same(channel:read(10), 'a', 'first') same(channel:read(), 'b', 'second')", chunkName: "=target")
        try agent.run("channel:write 'last' channel = nil collectgarbage()", chunkName: "=agent")
        try target.run(
            """
            same(channel:read(10), "last", "last")
            same(select(2, channel:read(10)), "closed", "closed")
            """,
            chunkName: "=target"
        )
    }

    @Test func `a released or collected reader makes writing vain`() throws {
        let lua = try LuaVectors.state(nil, modules: [DebugChannel.module])
        try lua.run(
            """
            local debugchannel = require "skynet.debugchannel"
            local channel, handle = debugchannel.create()
            assert(channel:write "kept for later")
            debugchannel.release(handle)
            debugchannel.release(handle)
            assert(not channel:write "vain")
            """,
            chunkName: "=released"
        )
    }

    @Test func `memory figures are plausible`() throws {
        let lua = try LuaVectors.state(nil, modules: [Memory.module, TestBlocks.module])
        try lua.run(
            """
            local memory = require "skynet.memory"
            local block, size = require("test.blocks").block(("x"):rep(1 << 20))
            assert(memory.total() >= 1 << 20 and memory.block() >= 1)
            require("test.blocks").tostring(block, size)
            local stat = memory.jestat()
            for _, name in ipairs { "allocated", "resident", "retained", "mapped", "active" } do
                same(math.type(stat["stats." .. name]), "integer", name)
            end
            assert(stat["stats.resident"] > 0 and memory.mallctl "stats.allocated" > 0)
            same(memory.mallctl "opt.prof", 0, "other") same(memory.profactive(), false, "profile")
            same(next(memory.info()), nil, "info") same(memory.current(), 0, "current")
            same_error("Init skynet context first", "no service", memory.dumpheap)
            """,
            chunkName: "=memory"
        )
    }
}
