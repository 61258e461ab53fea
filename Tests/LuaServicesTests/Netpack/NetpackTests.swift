// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime
import LuaServices
import ServiceKernel
import Testing

private struct NetpackVectors: Decodable {
    struct Case: Decodable {
        var name: String
        var steps: [Step]
    }
    struct Step: Decodable {
        var op: String
        var type: Int32?
        var id: Int32?
        var ud: Int32?
        var data: String?
        var str: String?
        var queue: String?
        var returns: [Result]
    }
    enum Result: Decodable {
        case text(String)
        case number(Int)
        case block(String)

        private struct Block: Decodable { var ptr: String }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .block(try container.decode(Block.self).ptr)
            }
        }

        var expression: String {
            switch self {
            case .text(let text): "[[\(text)]]"
            case .number(let number): "\(number)"
            case .block(let hex): "{'\(hex)'}"
            }
        }
    }
    struct Pack: Decodable {
        var `in`: String?
        var in_len: Int?
        var size: Int
        var out: String?
        var out_prefix: String?
    }

    var cases: [Case]
    var pack: [Pack]
}

@Suite struct NetpackTests {
    private let lua: NativeLua

    init() throws {
        lua = try NativeLua(["netpack": Netpack.module, "message": socketMessages])
        try lua.run(
            """
            -- Compares results with what is expected, in which a table stands for a block of those bytes.
            function check(name, expected, ...)
                local results, at = table.pack(...), 1
                for _, value in ipairs(expected) do
                    if type(value) == "table" then
                        assert(type(results[at]) == "userdata", name)
                        local bytes = hex(netpack.tostring(results[at], results[at + 1]))
                        assert(bytes == value[1], name .. ": " .. bytes)
                        at = at + 2
                    else
                        assert(results[at] == value, name .. ": " .. tostring(results[at]))
                        at = at + 1
                    end
                end
                assert(results.n == at - 1, name .. ": " .. results.n .. " results")
            end
            -- Feeds a socket message and answers what filter answered.
            function feed(queue, kind, id, ud, text)
                local block, size = message.make(kind, id, ud, text)
                local results = table.pack(netpack.filter(queue, block, size))
                message.free(block, size)
                return table.unpack(results, 1, results.n)
            end
            """
        )
    }

    @Test func filterAnswersAsTheVectorsSay() throws {
        for test in try vectors("netpack.json", as: NetpackVectors.self).cases {
            try lua.run("queue = nil")
            for step in test.steps { try lua.run(script(of: step, named: test.name)) }
        }
    }

    private func script(of step: NetpackVectors.Step, named name: String) -> String {
        let expected = "{" + step.returns.map(\.expression).joined(separator: ",") + "}"
        switch step.op {
        case "pop": return "check([[\(name)]], \(expected), netpack.pop(queue))"
        case "clear": return "check([[\(name)]], \(expected), netpack.clear(queue))"
        default:
            let text = step.data.map { "unhex('\($0)')" } ?? "[[\(step.str ?? "")]]"
            return """
                local results = table.pack(feed(queue, \(step.type ?? 0), \(step.id ?? 0), \(step.ud ?? 0), \(text)))
                queue = results[1]
                assert(type(queue) == "\(step.queue ?? "nil")" or "\(step.queue ?? "")" == "", [[\(name)]])
                check([[\(name)]], \(expected), table.unpack(results, 2, results.n))
                """
        }
    }

    @Test func packAnswersAsTheVectorsSay() throws {
        for vector in try vectors("netpack.json", as: NetpackVectors.self).pack {
            let input = vector.in.map { "unhex('\($0)')" } ?? "('x'):rep(\(vector.in_len ?? 0))"
            let output = vector.out ?? vector.out_prefix ?? ""
            try lua.run(
                """
                local block, size = netpack.pack(\(input))
                assert(size == \(vector.size))
                assert(hex(netpack.tostring(block, size)):sub(1, \(output.count)) == "\(output)")
                """
            )
        }
    }

    @Test func wrongArgumentsRaiseTheReferencesTexts() throws {
        try lua.run(
            """
            fails("Invalid size (too long) of data : 65536", netpack.pack, ("x"):rep(65536))
            fails("Invalid size (too long) of data : 100000", netpack.pack, ("x"):rep(100000))
            fails("bad argument #1 to", netpack.pack, {})
            fails("string expected, got table", netpack.pack, {})
            fails("string expected, got no value", netpack.pack)
            local block, size = netpack.pack(12)
            fails("number expected, got no value", netpack.pack, block)
            fails("size must not be negative", netpack.pack, block, -1)
            assert(netpack.tostring(block, size) == "\\0\\00212")
            fails("number expected, got no value", netpack.tostring, nil)
            assert(netpack.tostring(nil, 0) == "" and netpack.tostring("notptr", 3) == "")
            fails("light userdata expected, got userdata", netpack.tostring, io.stdout, 3)
            fails("size exceeds the userdata", netpack.pack, io.stdout, 1 << 20)
            fails("netpack queue expected, got userdata", netpack.pop, io.stdout)
            fails("netpack queue expected, got string", netpack.filter, "queue")
            fails("light userdata expected, got nil", netpack.filter, nil, nil, 1)
            local short = netpack.pack("short")
            fails("socket message expected, got 7 bytes", netpack.filter, nil, short, 7)
            assert(netpack.tostring(short, 7) == "\\0\\005short")
            """
        )
    }

    @Test func aMessageFilteredTwiceYieldsItsBytesOnce() throws {
        try lua.run(
            """
            local block, size = message.make(1, 4, 5, unhex("0003616263"))
            check("once", {"data", 4, {"616263"}}, select(2, netpack.filter(nil, block, size)))
            check("twice", {}, select(2, netpack.filter(nil, block, size)))
            message.free(block, size)
            """
        )
    }

    @Test func aPacketThatCameWithItsBordersIsAnsweredAsItIs() throws {
        try lua.run(
            """
            local queue = feed(nil, 1, 1, 3, unhex("000961"))
            for _, size in ipairs { 0, 1, 2, 65535, 65536, 1 << 20 } do
                local block, sz = message.packet(4, ("p"):rep(size))
                local results = table.pack(netpack.filter(queue, block, sz))
                assert(results.n == 5 and results[1] == queue and results[2] == "data" and results[3] == 4)
                assert(results[5] == size and netpack.tostring(results[4], results[5]) == ("p"):rep(size))
                local again = table.pack(netpack.filter(queue, block, sz))
                assert(again.n == 1 and again[1] == queue)
                message.free(block, sz)
                block, sz = message.packet(4, ("p"):rep(size))
                results = table.pack(netpack.filter(nil, block, sz))
                assert(results.n == 5 and results[1] == nil and results[5] == size)
                netpack.tostring(results[4], results[5])
                message.free(block, sz)
            end
            check("the other socket goes on", { "data", 1, { "61" .. ("62"):rep(8) } },
                select(2, feed(queue, 1, 1, 8, ("b"):rep(8))))
            """
        )
    }

    @Test func packIsFreedByToStringAndNothingStays() throws {
        #expect(
            try leavesNoBlocks {
                try lua.run(
                    """
                    local block, size = netpack.pack("hello")
                    local again, more = netpack.pack(block, size)
                    assert(netpack.tostring(block, size) == "\\0\\005hello")
                    assert(netpack.tostring(again, more) == "\\0\\007\\0\\005hello")
                    """
                )
            }
        )
    }

    @Test func aForgottenQueueIsFreedByTheCollector() throws {
        #expect(
            try leavesNoBlocks(repetitions: 300) {
                try lua.run(
                    """
                    local queue = feed(nil, 1, 1, 12, unhex("000161000162000563"))
                    queue = feed(queue, 1, 2, 3, unhex("000961"))
                    netpack.tostring(select(2, netpack.pop(queue)))
                    queue = nil
                    collectgarbage()
                    """
                )
            }
        )
    }

    @Test func popIsAnIterator() throws {
        try lua.run(
            """
            local queue = feed(nil, 1, 8, 9, unhex("000161000162000163"))
            local seen = ""
            for fd, block, size in netpack.pop, queue do
                assert(fd == 8)
                seen = seen .. netpack.tostring(block, size)
            end
            assert(seen == "abc")
            """
        )
    }
}
