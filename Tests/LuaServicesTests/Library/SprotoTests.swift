// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime
import LuaServices
import Testing

@Suite struct SprotoTests {
    private static let prelude = """
        local core = require "sproto.core"
        local sproto = require "sproto"
        local parser = require "sprotoparser"
        local loader = require "sprotoloader"
        local schemas = {}
        for name, schema in pairs(vectors.schemas) do schemas[name] = sproto.parse(schema.text) end
        --- Values of the vectors: strings as hex, tables as entries, floats as text.
        local function revive(value)
            if type(value) ~= "table" then return value end
            if value.str_hex then return unhex(value.str_hex) end
            if value.float then return tonumber(value.float) + 0.0 end
            local t = {}
            if value.entries then
                for _, entry in ipairs(value.entries) do t[revive(entry[1])] = revive(entry[2]) end
            else
                for k, v in pairs(value) do t[k] = revive(v) end
            end
            return t
        end
        local function alike(found, wanted, what)
            if type(wanted) ~= "table" then
                if math.type(found) ~= math.type(wanted) then error(what .. ": kinds of number differ", 2) end
                return same(found, wanted, what)
            end
            same(type(found), "table", what)
            for k, v in pairs(wanted) do alike(found[k], v, what .. "." .. tostring(k)) end
            for k in pairs(found) do if wanted[k] == nil then error(what .. ": surplus " .. tostring(k), 2) end end
        end
        """

    private static func run(_ script: String) throws {
        let lua = try LuaVectors.state("sproto.json", modules: [Sproto.module])
        try lua.run(prelude + "\n" + script, chunkName: "=sproto")
    }

    @Test func `compiles schemas as the vectors do`() throws {
        try Self.run(
            """
            for name, schema in pairs(vectors.schemas) do same(hex(parser.parse(schema.text)), schema.bundle, name) end
            for _, case in ipairs(vectors.parser_errors) do
                local ok, result = pcall(parser.parse, case.text, "f")
                same(ok, case.ok, case.text)
                same(ok and hex(result) or result, ok and case.bundle or case.error, case.text)
            end
            local ok, text = pcall(parser.parse, "x")
            same(text, "syntax error at [=text] line (1)", "no name")
            """
        )
    }

    @Test func `encodes and decodes as the vectors do`() throws {
        try Self.run(
            """
            for _, case in ipairs(vectors.encode) do
                local schema = schemas[case.schema]
                local what = case.type .. " " .. case.lua
                local encoded = schema:encode(case.type, load("return " .. case.lua)())
                if not case.order_dependent then
                    same(hex(encoded), case.encoded, what)
                    same(hex(sproto.pack(encoded)), case.packed, what)
                end
                local decoded, used = schema:decode(case.type, unhex(case.encoded))
                same(used, #case.encoded // 2, what)
                alike(decoded, revive(case.decoded), what)
                alike(schema:pdecode(case.type, unhex(case.packed)), revive(case.decoded), what)
            end
            for _, case in ipairs(vectors.decode_raw) do
                local decoded, used = schemas[case.schema]:decode(case.type, unhex(case["in"]))
                same(used, case.used, case.note)
                alike(decoded, revive(case.decoded), case.note)
            end
            """
        )
    }

    @Test func `refuses what the vectors refuse`() throws {
        try Self.run(
            """
            for _, case in ipairs(vectors.encode_errors) do
                local value
                if case.lua:find "nested" then
                    value = {}
                    for _ = 1, 70 do value = { children = { value } } end
                else
                    value = load("return " .. case.lua)()
                end
                local schema = schemas[case.schema]
                -- The vectors are of a later version, which names the type in front of the field.
                local wanted = case.error:gsub("^%w+(%.%w+%[)", "%1"):gsub("^%w+%.(%w+%()", ".*%1")
                same_error(wanted, case.lua:sub(1, 30), schema.encode, schema, case.type, value)
            end
            for _, case in ipairs(vectors.decode_errors) do
                local schema = schemas[case.schema]
                same_error(case.error, case.note, schema.decode, schema, case.type, unhex(case["in"]))
            end
            """
        )
    }

    @Test func `packs zeros as the vectors do`() throws {
        try Self.run(
            """
            for _, case in ipairs(vectors.pack) do
                if case["in"] and case.out then
                    same(hex(core.pack(unhex(case["in"]))), case.out, case.note)
                    same(core.unpack(unhex(case.out)):sub(1, #case["in"] // 2), unhex(case["in"]), case.note)
                end
            end
            for count = 0, 3000, 7 do
                local text = ("abcdefg"):rep(count) .. ("\\0"):rep(count % 11)
                local back = core.unpack(core.pack(text))
                same(#back % 8, 0, "whole groups")
                same(back:sub(1, #text), text, "round trip")
            end
            for _, case in ipairs(vectors.unpack) do same(hex(core.unpack(unhex(case["in"]))), case.out, case.note) end
            for _, case in ipairs(vectors.unpack_errors) do
                same_error(case.error, case.note, core.unpack, unhex(case["in"]))
            end
            """
        )
    }

    @Test func `calls as the vectors do`() throws {
        try Self.run(
            """
            local function exchange(name, first, calls)
                local server, client = schemas[name]:host "package", schemas[name]:host()
                local request = client:attach(schemas[name])
                local place = first
                for _, call in ipairs(calls) do
                    local wire = request(table.unpack(call.request, 1, 4))
                    local case = vectors.rpc[place]
                    same(hex(wire), case.wire, case.what)
                    local kind, method, args, response, ud = server:dispatch(wire)
                    same(kind, "REQUEST", case.what)
                    same(method, call.request[1], case.what)
                    alike(args, call.request[2], case.what)
                    same(ud, call.request[4], case.what)
                    place = place + 1
                    if call.request[3] then
                        case = vectors.rpc[place]
                        wire = response(call.result, call.ud)
                        same(hex(wire), case.wire, case.what)
                        local kind, session, result, ud = client:dispatch(wire)
                        same(kind, "RESPONSE", case.what)
                        same(session, call.request[3], case.what)
                        alike(result, call.result, case.what)
                        same(ud, call.ud, case.what)
                        same_error("Unknown session", "answered", client.dispatch, client, wire)
                        place = place + 1
                    else
                        same(response, nil, "no session")
                    end
                end
            end
            exchange("rpc", 1, {
                { request = { "handshake", nil, 1 }, result = { msg = "hi" } },
                { request = { "get", { what = "hello" }, 2 }, result = { result = "world" } },
                { request = { "set", { what = "hello", value = "world" }, 3 } },
                { request = { "quit" } },
                { request = { "confirm", { x = 5 }, 4 } },
            })
            exchange("rpcud", 10, {
                { request = { "add", { a = 1, b = 2 }, 9, "UD" }, result = { r = 3 }, ud = "back" },
            })
            """
        )
    }

    @Test func `answers defaults, types and protocols`() throws {
        try Self.run(
            """
            for _, case in ipairs(vectors.defaults) do
                alike(schemas[case.schema]:default(case.name, case.kind), revive(case.value), case.name)
            end
            local rpc = schemas.rpc
            assert(rpc:exist_type "package" and not rpc:exist_type "nothing")
            assert(rpc:exist_proto "get" and rpc:exist_proto(2) and not rpc:exist_proto(99))
            same(rpc:queryproto(2).name, "get", "by tag")
            same(rpc:queryproto("get").tag, 2, "by name")
            same_error("nothing not found", "protocol", rpc.queryproto, rpc, "nothing")
            same_error("type package not found", "host", schemas.person.host, schemas.person)
            alike(sproto.parse(".A { b 0 : B .B { x 0 : integer } }"):default "A", { b = { __type = "A.B" } }, "struct")
            local encoded, tag = rpc:request_encode("get", { what = "x" })
            same(tag, 2, "tag")
            local value, name = rpc:request_decode("get", encoded)
            alike(value, { what = "x" }, "request")
            same(name, "get", "name")
            alike(rpc:response_decode("get", rpc:response_encode("get", { result = "y" })), { result = "y" }, "response")
            same(rpc:response_decode("quit", ""), nil, "no response")
            same(rpc:response_encode("confirm"), "", "confirm")
            """
        )
    }

    @Test func `shares schemas in slots`() throws {
        try Self.run(
            """
            loader.save(parser.parse(vectors.schemas.person.text), 15)
            same(loader.load(15):encode("Person", { age = 1 }), schemas.person:encode("Person", { age = 1 }), "slot")
            same_error("Invalid global slot index 16", "slot", loader.load, 16)
            same_error("Invalid global slot index -1", "slot", loader.save, parser.parse "", -1)
            same_error("nil sproto at index 14", "slot", loader.load, 14)
            local schema = core.newproto(parser.parse "")
            core.deleteproto(schema)
            assert(not pcall(core.querytype, schema, "x"))
            same(select("#", core.newproto "\\1"), 0, "malformed")
            assert(not pcall(sproto.new, "\\1"))
            assert(not pcall(loader.save, "\\1"))
            assert(not pcall(core.encode, schema, {}))
            """
        )
    }

    @Test func `honours metamethods`() throws {
        try Self.run(
            """
            local keyed = setmetatable({}, { __pairs = function()
                local n = 0
                return function() n = n + 1 if n < 3 then return n, { name = "n" .. n, id = n } end end
            end })
            local encoded = schemas.book:encode("AddressBook", { person = keyed })
            alike(schemas.book:decode("AddressBook", encoded),
                { person = { { name = "n1", id = 1 }, { name = "n2", id = 2 } } }, "pairs")
            local class = setmetatable({}, { __index = function(_, field) return field == "age" and 7 or nil end })
            local object = setmetatable({ name = "x" }, { __index = class })
            alike(schemas.person:decode("Person", schemas.person:encode("Person", object)),
                { name = "x", age = 7 }, "index")
            local bad = setmetatable({}, { __index = function() error("no luck", 0) end })
            same_error("no luck", "raises", schemas.person.encode, schemas.person, "Person", bad)
            """
        )
    }

    @Test func `survives mutilated messages and schemas`() throws {
        try Self.run(
            """
            math.randomseed(7)
            local function mutilate(text)
                local at = math.random(0, #text)
                local kind = math.random(3)
                if kind == 1 then return text:sub(1, at) end
                if kind == 2 then return text:sub(1, at) .. string.char(math.random(0, 255)) .. text:sub(at + 2) end
                return text:sub(1, at) .. text:sub(math.random(at + 1, #text + 1))
            end
            for _ = 1, 25 do
                for _, case in ipairs(vectors.encode) do
                    local bad = mutilate(mutilate(unhex(case.encoded)))
                    local ok, text = pcall(schemas[case.schema].decode, schemas[case.schema], case.type, bad)
                    assert(ok or text:find "decode error" or text:find "Can't find" or text:find "too deep", text)
                    pcall(core.unpack, mutilate(unhex(case.packed)))
                end
                for _, schema in pairs(vectors.schemas) do
                    local ok, made = pcall(sproto.new, mutilate(unhex(schema.bundle)))
                    if ok and made:exist_type "Person" then
                        pcall(made.decode, made, "Person", unhex(vectors.encode[3].encoded))
                        pcall(made.encode, made, "Person", { name = "x", children = { {} } })
                    end
                    local ok, text = pcall(parser.parse, mutilate(schema.text))
                    assert(ok or type(text) == "string")
                end
            end
            """
        )
    }
}
