// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime
import Testing

@testable import LuaServices

/// Several states as several services have them, at the same data.
@Suite struct SharedStatesTests {
    private static func state() throws -> LuaState {
        try LuaVectors.state(nil, modules: [SharedData.module, SharedTable.module, DatasheetCore.module])
    }

    private static func handOver(_ name: String, from: LuaState, to: LuaState) {
        from.stack.pushGlobal(name)
        to.stack.push(lightUserdata: from.stack.userdata(-1))
        from.stack.pop()
        to.stack.setGlobal(name)
    }

    @Test func `a reader's box counts until its state ends`() throws {
        let host = try Self.state()
        try host.run("core = require 'skynet.sharedata.core' root = core.new { { 1 } }", chunkName: "=host")
        do {
            let reader = try Self.state()
            Self.handOver("root", from: host, to: reader)
            try reader.run(
                "core = require 'skynet.sharedata.core' box = core.box(root) assert(core.index(core.index(root, 1), 1) == 1)",
                chunkName: "=reader"
            )
            try host.run("same(core.getref(root), 1, 'count')", chunkName: "=host")
        }
        try host.run("same(core.getref(root), 0, 'count') core.delete(root)", chunkName: "=host")
    }

    @Test func `a document that was read is not read after it was deleted`() throws {
        let (host, reader) = (try Self.state(), try Self.state())
        try host.run("core = require 'skynet.sharedata.core' root = core.new { 'x' }", chunkName: "=host")
        Self.handOver("root", from: host, to: reader)
        try reader.run(
            "core = require 'skynet.sharedata.core' assert(core.index(root, 1) == 'x')",
            chunkName: "=reader"
        )
        try host.run("core.delete(root)", chunkName: "=host")
        try reader.run("assert(not pcall(core.index, root, 1))", chunkName: "=reader")
    }

    @Test func `a datasheet ends with the state that has its text, but not for its readers`() throws {
        let reader = try Self.state()
        do {
            let builder = try Self.state()
            try builder.run(
                """
                text = require("skynet.datasheet.dump").dump { list = { ("x"):rep(50) } }
                pointer = require("skynet.datasheet.core").stringpointer(text)
                """,
                chunkName: "=builder"
            )
            Self.handOver("pointer", from: builder, to: reader)
            try reader.run(
                "core = require 'skynet.datasheet.core' sheet = core.new(pointer)",
                chunkName: "=reader"
            )
        }
        try reader.run(
            "assert(#sheet.list[1] == 50) assert(not pcall(core.new, pointer)) assert(not pcall(core.update, sheet, pointer))",
            chunkName: "=reader"
        )
    }

    @Test func `each state has its own copy of a shared table`() throws {
        let (maker, reader) = (try Self.state(), try Self.state())
        let clone = "core = require 'skynet.sharetable.core' t = core.clone(pointer) assert(t == t.self and t[1] == 1)"
        try maker.run(
            "matrix = require('skynet.sharetable.core').matrix 'local t = { 1 } t.self = t return t' pointer = matrix:getptr()",
            chunkName: "=maker"
        )
        Self.handOver("pointer", from: maker, to: reader)
        try reader.run(clone, chunkName: "=reader")
        try maker.run(clone + " t[1] = 2 matrix:close()", chunkName: "=maker")
        try reader.run("assert(t[1] == 1 and core.is_sharedtable(t))", chunkName: "=reader")
    }
}
