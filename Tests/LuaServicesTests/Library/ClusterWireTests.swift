// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import LuaRuntime
import LuaServices
import ServiceKernel
import Testing

@Suite struct ClusterWireTests {
    private static let prelude = """
        local core = require "skynet.cluster.core"
        local crypt = require "skynet.crypt"
        local blocks = require "test.blocks"
        local function payload(case)
            if case.payload_hex then return unhex(case.payload_hex) end
            local t = {}
            for i = 0, case.payload_len - 1 do t[#t + 1] = string.char(i % 251) end
            return table.concat(t)
        end
        local function same_packet(packet, wanted, what)
            same(#packet, wanted.len, what)
            if wanted.hex then
                same(hex(packet), wanted.hex, what)
            else
                same(hex(packet:sub(1, #wanted.prefix_hex // 2)), wanted.prefix_hex, what)
                same(hex(crypt.sha1(packet)), wanted.sha1, what)
            end
        end
        local function same_results(found, case, what)
            same(found.n, case.n, what)
            local i, place = 1, 1
            while place <= case.n do
                local wanted = (case.returns or {})[i]
                local value = found[place]
                if type(wanted) == "table" and wanted.ptr then
                    place = place + 1
                    same(hex(blocks.tostring(value, found[place])), wanted.ptr, what)
                elseif type(wanted) == "table" then
                    same(hex(value), wanted.str_hex, what)
                else
                    same(value, wanted, what)
                end
                i, place = i + 1, place + 1
            end
        end
        """

    private static func run(_ script: String) throws {
        let lua = try LuaVectors.state("cluster.json", modules: [ClusterWire.module, Crypt.module, TestBlocks.module])
        try lua.run(prelude + "\n" + script, chunkName: "=cluster")
    }

    @Test func `refuses what the wire can't count`() throws {
        // The size is refused before anybody reads; there is no such block.
        try Self.run(
            """
            local function fails(expected, f, ...)
                local ok, why = pcall(f, ...)
                assert(not ok and why:find(expected, 1, true), why)
            end
            local function block() return (blocks.block("x")) end
            for _, pack in ipairs { core.packrequest, core.packpush } do
                fails("of 4294967296 bytes is more than 4294967295", pack, "@name", 1, block(), 1 << 32)
                fails("Invalid request session 2147483648", pack, "@name", 1 << 31, blocks.block("x"))
                fails("Invalid request session 0", pack, "@name", 0, blocks.block("x"))
            end
            fails("of 4294967296 bytes is more than 4294967295", core.packresponse, 1, true, block(), 1 << 32)
            """
        )
    }

    @Test(arguments: ["packrequest", "packpush"])
    func `packs requests as the vectors do`(name: String) throws {
        try Self.run(
            """
            for i, case in ipairs(vectors["\(name)"]) do
                local what = "\(name) " .. i
                local packet, session, parts = core["\(name)"](case.addr, case.session, blocks.block(payload(case)))
                same_packet(packet, case.first, what)
                same(session, case.next_session, what)
                same(parts and #parts, case.parts and #case.parts, what)
                for j, part in ipairs(parts or {}) do same_packet(part, case.parts[j], what .. " part") end
            end
            """
        )
    }

    @Test func `packs responses and traces as the vectors do`() throws {
        try Self.run(
            """
            for i, case in ipairs(vectors.packresponse) do
                local what = "packresponse " .. i
                local out = core.packresponse(case.session, case.ok, payload(case))
                same(type(out), case.parts and "table" or "string", what)
                if case.out then same_packet(out, case.out, what) end
                for j, part in ipairs(case.parts or {}) do same_packet(out[j], part, what) end
                local pointer, size = blocks.block(payload(case))
                local again = core.packresponse(case.session, case.ok, pointer, size)
                if case.out then same(again, out, what) end
                blocks.tostring(pointer, size)
            end
            for i, case in ipairs(vectors.packtrace) do same(hex(core.packtrace(case.tag)), case.out, "trace") end
            same_error("trace tag is too long : 32769", "trace", core.packtrace, ("x"):rep(0x8001))
            """
        )
    }

    @Test func `unpacks as the vectors do`() throws {
        try Self.run(
            """
            for _, case in ipairs(vectors.unpackrequest) do
                same_results(table.pack(core.unpackrequest(unhex(case["in"]))), case, case.note)
                local pointer, size = blocks.block(unhex(case["in"]))
                same_results(table.pack(core.unpackrequest(pointer, size)), case, case.note)
                blocks.tostring(pointer, size)
            end
            for _, case in ipairs(vectors.unpackrequest_errors) do
                same_error(case.error, case["in"], core.unpackrequest, unhex(case["in"]))
            end
            for _, case in ipairs(vectors.unpackresponse) do
                same_results(table.pack(core.unpackresponse(unhex(case["in"]))), case, case.note)
            end
            """
        )
    }

    @Test func `refuses bad requests and frees their blocks`() throws {
        let before = MemoryBlock.liveBlocks
        try Self.run(
            """
            for _ = 1, 1000 do core.packrequest(1, 1, blocks.block "x") pcall(core.packpush, 1, 0, blocks.block "x") end
            same_error("Invalid request message", "nil", core.packrequest, 1, 1, nil, 0)
            same_error("Invalid request session 0", "0", core.packrequest, 1, 0, blocks.block "x")
            same_error("Invalid request session -3", "-3", core.packpush, 1, -3, blocks.block "x")
            local long = ("n"):rep(256)
            local text = "name length is invalid, must be between 1 and 255 characters: "
            same_error(text, "''", core.packrequest, "", 1, blocks.block "x")
            same_error(text .. long, "long", core.packrequest, long, 1, blocks.block "x")
            same_error("name is not a string, it's a table", "table", core.packrequest, {}, 1, blocks.block "x")
            same_error("name is not a string, it's a nil", "nil", core.packrequest, nil, 1, blocks.block "x")
            """
        )
        // Other suites have blocks of their own meanwhile, but not so many.
        #expect(MemoryBlock.liveBlocks - before < 500)
    }

    @Test func `joins parts only when they add up`() throws {
        try Self.run(
            """
            local function joined(...)
                local pointer, size = core.concat(...)
                return pointer and blocks.tostring(pointer, size)
            end
            local parts = {}
            core.append(parts, nil, 6)
            core.append(parts, blocks.block "abc")
            core.append(parts, blocks.block "def")
            same(parts[1], 6, "announced")
            same(joined(parts), "abcdef", "joined")
            same(joined { 0 }, "", "empty")
            for _, bad in ipairs { { 6, "abc" }, { 3, "abc", "d" }, { "abc" }, {}, "x", { 1 << 40, "x" }, { 1, {} } } do
                same(select("#", core.concat(bad)), 0, "does not add up")
            end
            """
        )
    }

    @Test func `names start with an at sign`() throws {
        try Self.run(
            """
            for _, case in ipairs(vectors.isname) do
                same(core.isname(case.name), case.returns == true or nil, case.name)
            end
            same(select("#", core.isname(1)), 0, "number")
            assert(core.nodename():match "^%g+%d+$")
            """
        )
    }

    @Test func `hostile content is refused or read, never more`() {
        for _ in 0..<20000 {
            var content = (0..<Int.random(in: 0...20)).map { _ in UInt8.random(in: 0...255) }
            if Bool.random(), !content.isEmpty {
                content[0] = [0, 1, 2, 3, 4, 0x41, 0x80, 0x81, 0xc1].randomElement()!
            }
            content.withUnsafeBytes { bytes in
                if case .message(_, _, let payload) = try? ClusterRequest(bytes) {
                    #expect(payload.upperBound <= bytes.count)
                }
                if case .whole(_, let payload) = ClusterResponse(bytes) { #expect(payload.upperBound <= bytes.count) }
            }
        }
    }
}

/// Blocks for scripts under test, which in a service `skynet.core` and `skynet.netpack` give.
enum TestBlocks {
    static let module = LuaModule(
        "test.blocks",
        [
            LuaFunction("block") {
                LuaFunction.enter($0) { stack throws(LuaError) in
                    stack.push(buffer: MemoryBlock(copying: try stack.requireBytes(1)))
                    return 2
                }
            },
            LuaFunction("peek") {
                LuaFunction.enter($0) { stack throws(LuaError) in
                    stack.push(try stack.borrowBuffer(1))
                    return 1
                }
            },
            LuaFunction("tostring") {
                LuaFunction.enter($0) { stack throws(LuaError) in
                    let payload = try stack.takeBuffer(1)
                    stack.push(payload.bytes)
                    return 1
                }
            },
        ]
    )
}
