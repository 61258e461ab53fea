// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime
import LuaServices
import ServiceKernel
import Testing

private struct SerializationVectors: Decodable {
    struct Pack: Decodable {
        var lua: String
        var len: Int
        var hex: String?
        var hex_prefix: String?
        var order_dependent: Bool?
    }
    struct PackError: Decodable {
        var lua: String
        var error: String
    }
    struct Unpack: Decodable {
        var hex: String
        var n: Int
        var values: [Value]
    }
    struct UnpackError: Decodable {
        var hex: String?
        var error: String
    }
    final class Value: Decodable {
        var type: String
        var value: Scalar?
        var hex: String?
        var entries: [Entry]?
    }
    struct Entry: Decodable {
        var key: Value
        var value: Value
    }
    struct Scalar: Decodable {
        var text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                text = "\(flag)"
            } else {
                text = try container.decode(String.self)
            }
        }
    }

    var pack: [Pack]
    var pack_errors: [PackError]
    var unpack: [Unpack]
    var unpack_errors: [UnpackError]
}

extension SerializationVectors.Value {
    /// A Lua expression of the value.
    var expression: String {
        switch type {
        case "nil": "nil"
        case "string": "unhex('\(hex ?? "")')"
        case "table":
            "{" + (entries ?? []).map { "[\($0.key.expression)]=\($0.value.expression)" }.joined(separator: ",") + "}"
        default: value?.text ?? "nil"
        }
    }
}

@Suite struct LuaSerializationTests {
    private let lua: NativeLua

    init() throws {
        let module = LuaModule(
            "seri",
            [LuaSerialization.pack, LuaSerialization.packstring, LuaSerialization.unpack]
        )
        lua = try NativeLua(["seri": module, "netpack": Netpack.module])
        try lua.run(
            """
            function same(a, b)
                if type(a) ~= "table" or type(b) ~= "table" then
                    return math.type(a) == math.type(b) and (a == b or a ~= a and b ~= b)
                end
                for k, v in next, a do if not same(v, b[k]) then return false end end
                for k in next, b do if a[k] == nil then return false end end
                return true
            end
            """
        )
    }

    @Test func valuesOfTheVectorsPackToTheirBytes() throws {
        for vector in try vectors("seri.json", as: SerializationVectors.self).pack {
            let arguments = vector.lua == "(no values)" ? "" : vector.lua
            try lua.run(
                """
                local packed = seri.packstring(\(arguments))
                assert(same(table.pack(seri.unpack(packed)), table.pack(\(arguments))) or \(vector.lua.contains("__pairs")))
                """
            )
            if vector.order_dependent == true { continue }
            let expected = vector.hex ?? vector.hex_prefix ?? ""
            try lua.run(
                """
                local packed = seri.packstring(\(arguments))
                assert(#packed == \(vector.len), #packed)
                assert(hex(packed):sub(1, \(expected.count)) == "\(expected)", hex(packed):sub(1, 100))
                """
            )
        }
    }

    @Test func whatCannotBePackedRaisesTheVectorsTexts() throws {
        for vector in try vectors("seri.json", as: SerializationVectors.self).pack_errors {
            try lua.run(
                """
                local ok, text = pcall(seri.packstring, \(vector.lua))
                assert(not ok and text == [[\(vector.error)]], text)
                """
            )
        }
    }

    @Test func bytesOfTheVectorsUnpackToTheirValues() throws {
        for vector in try vectors("seri.json", as: SerializationVectors.self).unpack {
            let values = vector.values.map(\.expression)
            try lua.run(
                """
                local values = table.pack(seri.unpack(unhex("\(vector.hex)")))
                assert(values.n == \(vector.n))
                assert(same(values, table.pack(\(values.joined(separator: ",")))), "\(vector.hex)")
                """
            )
        }
    }

    @Test func malformedStreamsRaiseTheVectorsTexts() throws {
        for vector in try vectors("seri.json", as: SerializationVectors.self).unpack_errors {
            guard let hex = vector.hex else { continue }
            try lua.run(
                """
                local ok, text = pcall(seri.unpack, unhex("\(hex)"))
                assert(not ok and text == [[\(vector.error)]], text)
                """
            )
        }
    }

    @Test func everyPlaceOfTheFormatHasItsNumber() throws {
        let places = [
            "0a": (0, 378), "12": (0, 386), "22aa": (1, 394), "32aa": (1, 402), "1a": (0, 407), "42aaaa": (2, 417),
            "03aa": (1, 427), "24aa": (1, 437), "fe": (0, 450), "fe09": (0, 455), "15aa": (1, 503), "25aaaa": (2, 514),
            "3d": (0, 510), "0700": (1, 527), "060c61": (0, 538),
        ]
        for (hex, (remaining, place)) in places {
            try lua.run(
                """
                fails("Invalid serialize stream \(remaining) (line:\(place))", seri.unpack, unhex("\(hex)"))
                """
            )
        }
    }

    @Test func argumentsOfUnpackAreCheckedAsScriptsExpect() throws {
        try lua.run(
            """
            assert(select("#", seri.unpack()) == 0)
            assert(select("#", seri.unpack(nil, 7)) == 0)
            assert(select("#", seri.unpack("", 7)) == 0)
            assert(select("#", seri.unpack(true, 0)) == 0)
            assert(seri.unpack("\\x0a\\x05", "ignored") == 5)
            fails("deserialize null pointer", seri.unpack, true, 5)
            fails("deserialize null pointer", seri.unpack, 12, 5)
            fails("number expected, got no value", seri.unpack, true)
            fails("size exceeds the userdata", seri.unpack, io.stdout, 1 << 20)
            """
        )
    }

    @Test func aBlockUnpacksAndStaysTheScriptsToFree() throws {
        #expect(
            try leavesNoBlocks {
                try lua.run(
                    """
                    local block, size = seri.pack("hello", {1, 2, x = true})
                    local text, list = seri.unpack(block, size)
                    assert(text == "hello" and list[2] == 2 and list.x)
                    netpack.tostring(block, size)
                    local empty, none = seri.pack()
                    assert(none == 0 and select("#", seri.unpack(empty, none)) == 0)
                    netpack.tostring(empty, none)
                    """
                )
            }
        )
    }

    @Test func packingThatFailsHalfWayFreesItsBlock() throws {
        #expect(
            try leavesNoBlocks {
                try lua.run("assert(not pcall(seri.pack, ('x'):rep(1000), {1, {print}}))")
            }
        )
    }

    @Test func theErrorValueOfAPairsMetamethodIsRaisedAsItIs() throws {
        try lua.run(
            """
            local cause = {}
            local ok, value = pcall(seri.pack, 1, {{setmetatable({}, {__pairs = function() error(cause) end})}})
            assert(not ok and value == cause)
            ok, value = pcall(seri.pack, setmetatable({}, {__pairs = function() return 12 end}))
            assert(not ok and value == "attempt to call a number value")
            ok, value = coroutine.wrap(pcall)(seri.pack, setmetatable({}, {__pairs = coroutine.yield}))
            assert(not ok and value:find("attempt to yield across a C-call boundary", 1, true))
            """
        )
    }

    @Test func pairsMetamethodsFollowTheGenericFor() throws {
        try lua.run(
            """
            local state = {}
            local object = setmetatable({1, 2, 3}, {__pairs = function(self)
                return function(given, control)
                    assert(given == state)
                    if control < 3 then return control + 1, {self[control + 1]} end
                end, state, 0
            end})
            local copy = seri.unpack(seri.packstring({object, "after"}))
            assert(copy[2] == "after" and #copy[1] == 3 and copy[1][3][1] == 3)
            assert(hex(seri.packstring(object)):sub(1, 2) == "06")
            """
        )
    }

    @Test func aTraversalSurvivesATableChangedByAMetamethod() throws {
        try lua.run(
            """
            for round = 1, 50 do
                local outer = {}
                local meddler = setmetatable({}, {__pairs = function()
                    for key in next, outer do outer[key] = nil end
                    for key = 1, 200 do outer["new" .. key] = key end
                    collectgarbage()
                    return next, {}
                end})
                for key = 1, 5 do outer["key" .. key] = meddler end
                local ok, text = pcall(seri.packstring, outer)
                assert(ok or tostring(text):find("invalid key to 'next'", 1, true), text)
            end
            """
        )
    }

    @Test func aMetatableWithoutPairsChangesNothing() throws {
        try lua.run(
            """
            local class = {__index = {inherited = 1}, __len = function() return 9 end}
            local list = {}
            for i = 1, 40 do list[i] = setmetatable({id = i}, class) end
            list.name = "objects"
            local copy = seri.unpack(seri.packstring(list))
            assert(#copy == 40 and copy[40].id == 40 and copy[1].inherited == nil and copy.name == "objects")
            """
        )
    }

    @Test func hostileStreamsRaiseInsteadOfCrashing() throws {
        try lua.run(
            """
            fails("C stack overflow", seri.unpack, ("\\x0e"):rep(1000000))
            fails("C stack overflow", seri.unpack, ("\\x06"):rep(1000000))
            fails("line:538", seri.unpack, unhex("fe22ffffff7f0a01"))
            fails("line:538", seri.unpack, unhex("fe32ffffffffffffff7f"))
            fails("table index is NaN", seri.unpack, unhex("0642000000000000f87f0a0100"))
            assert(next((seri.unpack(unhex("fe22ffffffff00")))) == nil)
            assert(#table.pack(seri.unpack(("\\x09"):rep(100000))) == 100000)
            fails("stack overflow", seri.unpack, ("\\x09"):rep(1000001))
            """
        )
    }

    @Test func randomBytesNeverCrashTheReader() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<4000 {
            let stream = (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: 0...255) }
            let stack = lua.lua.stack
            let top = stack.count
            stream.withUnsafeBytes { bytes in _ = try? LuaSerialization.unpack(stack, bytes) }
            stack.count = top
        }
    }

    @Test func everyTruncationOfAStreamIsRefusedOrReadsLess() throws {
        try lua.run(
            """
            local whole = seri.packstring(1, -5, 70000, 2^40, 1 << 40, "short", ("long"):rep(20), true, {1, {2}, x = {y = 1}})
            for length = 0, #whole - 1 do
                local result = table.pack(pcall(seri.unpack, whole:sub(1, length)))
                assert(result[1] and result.n <= 9 or tostring(result[2]):find("Invalid serialize stream", 1, true))
            end
            """
        )
    }

    @Test func randomValuesSurviveTheRoundTrip() throws {
        try lua.run(
            """
            local function value(depth)
                local kind = math.random(depth > 4 and 6 or 8)
                if kind == 1 then return math.random(0) end
                if kind == 2 then return math.random(-300, 70000) end
                if kind == 3 then return math.random() * 1e6 end
                if kind == 4 then return math.random(2) == 1 end
                if kind == 5 then return ("s"):rep(math.random(0, 40)) end
                if kind == 6 then return ("\\0\\255"):rep(math.random(0, 300)) end
                local t = {}
                for i = 1, math.random(0, 40) do t[i] = value(depth + 1) end
                for _ = 1, math.random(0, 4) do t["k" .. math.random(1000)] = value(depth + 1) end
                return t
            end
            for _ = 1, 200 do
                local original = value(1)
                assert(same(original, (seri.unpack(seri.packstring(original)))))
            end
            """
        )
    }
}
