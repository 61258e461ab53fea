// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime
import LuaServices
import Testing

@Suite struct DigestTests {
    @Test func `sums match RFC 1321 and RFC 2202`() throws {
        let lua = try LuaVectors.state(nil, modules: [Digest.module])
        try lua.run(
            """
            local md5 = require "md5"
            same(md5.sumhexa "", "d41d8cd98f00b204e9800998ecf8427e", "empty")
            same(md5.sumhexa "abc", "900150983cd24fb0d6963f7d28e17f72", "abc")
            same(hex(md5.sum "message digest"), "f96b697d7cb7938d525a2f31aaf161d0", "raw")
            same(md5.hmacmd5("Hi There", ("\\x0b"):rep(16)), "9294727a3638bb1c13f48ef8158bfc9d", "keyed")
            same(md5.hmacmd5("what do ya want for nothing?", "Jefe"), "750c783e6ab0b503eaa86e310a5db738", "short key")
            same(md5.exor("abc", "   "), "ABC", "exor")
            assert(not pcall(md5.exor, "a", "ab"))
            """,
            chunkName: "=md5"
        )
    }
}

@Suite struct BsonTests {
    private static func run(_ script: String) throws {
        try LuaVectors.state(nil, modules: [BsonDocument.module]).run(
            "local bson = require 'bson'\n" + script,
            chunkName: "=bson"
        )
    }

    @Test func `encodes the examples of the specification`() throws {
        try Self.run(
            """
            same(hex(tostring(bson.encode { hello = "world" })),
                "160000000268656c6c6f0006000000776f726c640000", "hello")
            same(hex(tostring(bson.encode { BSON = { "awesome", 5.05, 1986 } })),
                "310000000442534f4e002600000002300008000000617765736f6d6500013100333333333333144010320" ..
                "0c20700000000", "array")
            same(hex(tostring(bson.encode_order("b", true, "a", 1))), "10000000086200011061000100000000", "order")
            """
        )
    }

    @Test func `decodes what it encodes`() throws {
        try Self.run(
            """
            local inner = bson.encode_order("hello", 1, "world", 2)
            local id = bson.objectid()
            local document = bson.encode {
                int = 1, negative = -1, big = 1 << 40, float = 1.5, yes = true, no = false, text = "t", empty = {},
                list = { 1, 2, { x = "y" } }, nested = { a = { b = { c = 3 } } }, null = bson.null,
                binary = bson.binary("by\\0te", 3), regex = bson.regex("^a", "i"), date = bson.date(1.5),
                timestamp = bson.timestamp(7, 8), id = id, low = bson.minkey, high = bson.maxkey,
                wide = bson.int64(5), document = inner, [12] = "number key",
            }
            local t = document:decode()
            same(t.int, 1, "int") same(t.negative, -1, "negative") same(t.big, 1 << 40, "big")
            same(t.float, 1.5, "float") same(t.yes, true, "yes") same(t.no, false, "no") same(t.text, "t", "text")
            same(next(t.empty), nil, "empty") same(#t.list, 3, "list") same(t.list[3].x, "y", "list")
            same(t.nested.a.b.c, 3, "nested") same(t.null, bson.null, "null") same(t.low, bson.minkey, "low")
            same(t.high, bson.maxkey, "high") same(t.wide, 5, "wide") same(t.document.world, 2, "document")
            same(t["12"], "number key", "number key") same(t.id, id, "id")
            local function means(value, ...)
                local found, wanted = table.pack(bson.type(value)), table.pack(...)
                for i = 1, wanted.n do same(found[i], wanted[i], wanted[1]) end
            end
            means(t.binary, "binary", "by\\0te", 3)
            means(t.regex, "regex", "^a", "i")
            means(t.date, "date", 1.5)
            means(t.timestamp, "timestamp", 7, 8)
            means(t.null, "null")
            means(t.text, "string", "t")
            means(bson.int64(5), "int64", 5)
            means(bson.objectid(select(2, bson.type(id))), bson.type(id))
            means(1, "number", 1)
            same(tostring(bson.load(tostring(document) .. "rest")), tostring(document), "load")
            same(#document, #tostring(document), "length")
            """
        )
    }

    @Test func `honours pairs and length metamethods`() throws {
        try Self.run(
            """
            local fields = setmetatable({}, { __pairs = function() return next, { a = 1 } end })
            local list = setmetatable({}, { __len = function() return 2 end, __index = function(_, i) return i * 10 end })
            local t = bson.encode({ fields = fields, list = list }):decode()
            same(t.fields.a, 1, "pairs") same(#t.list, 2, "length") same(t.list[2], 20, "index")
            """
        )
    }

    @Test func `replaces fields in place`() throws {
        try Self.run(
            """
            local document = bson.encode { a = 1, b = true, h = bson.date(0), j = bson.objectid(), t = "text" }
            assert(not pcall(function() document.a = 2 end))
            document:makeindex()
            document.a = 2
            document.b = false
            document.h = bson.date(12)
            document.t = "TEXT"
            local t = document:decode()
            same(t.a, 2, "a") same(t.b, false, "b") same(t.t, "TEXT", "t")
            same(select(2, bson.type(t.h)), 12.0, "h")
            assert(not pcall(function() document.c = 2 end))
            assert(not pcall(function() document.t = "longer" end))
            assert(not pcall(function() document.a = "x" end))
            """
        )
    }

    @Test func `refuses what cannot be encoded or decoded`() throws {
        try Self.run(
            """
            local deep = {}
            for _ = 1, 200 do deep = { deep } end
            same_error("Too depth while encoding bson", "deep", bson.encode, { deep })
            same_error("Invalid value type : function", "function", bson.encode, { f = print })
            same_error("Invalid ordered dict", "odd", bson.encode_order, "a")
            assert(not pcall(bson.objectid, "12"))
            math.randomseed(3)
            local bytes = tostring(bson.encode { a = 1, b = { 1, "x", { c = bson.regex "x" } }, d = bson.binary "y" })
            for _ = 1, 20000 do
                local at = math.random(1, #bytes)
                local bad = bytes:sub(1, at - 1) .. string.char(math.random(0, 255)) .. bytes:sub(at + 1, math.random(at, #bytes))
                local ok, text = pcall(bson.decode, bad)
                assert(ok or text:find "bson", text)
            end
            """
        )
    }
}
