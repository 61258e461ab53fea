// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime
import LuaServices
import ServiceKernel
import Testing

@testable import LuaServices

@Suite struct SocketBuffersTests {
    private let lua: NativeLua

    init() throws {
        lua = try NativeLua(["driver": SocketDriverModule.module, "message": socketMessages])
        try lua.run("function push(b, text) return driver.push(b, {}, driver.str2p(text)) end")
    }

    @Test func theModuleHasTheReferencesFunctionsAndTwoOfOurs() throws {
        try lua.run(
            """
            local names = {}
            for name in pairs(driver) do names[#names + 1] = name end
            table.sort(names)
            assert(table.concat(names, " ") == "bind buffer clear close connect drop facts header info listen lsend "
                .. "nodelay pause pop push readall readline resolve send send_packet shutdown start str2p udp "
                .. "udp_address udp_connect udp_dial udp_listen udp_send unpack")
            """
        )
    }

    @Test func aBufferGivesItsBytesInPieces() throws {
        try lua.run(
            """
            local b = driver.buffer()
            assert(push(b, "hello ") == 6 and push(b, "world") == 11 and push(b, "") == 11)
            local text, left = driver.pop(b, {}, 12)
            assert(text == nil and left == 11)
            text, left = driver.pop(b, {}, 0)
            assert(text == nil and left == 11)
            text, left = driver.pop(b, {}, 8)
            assert(text == "hello wo" and left == 3)
            assert(driver.readall(b, {}) == "rld" and driver.readall(b, {}) == "")
            push(b, "gone")
            assert(select("#", driver.clear(b, {})) == 0)
            driver.clear(nil, {})
            assert(driver.readall(b, {}) == "")
            """
        )
    }

    @Test func linesEndAtTheirSeparator() throws {
        try lua.run(
            """
            local b = driver.buffer()
            push(b, "one\\r") push(b, "\\ntwo\\r\\n\\r\\nrest")
            assert(driver.readline(b, nil, "\\r\\n") == true)
            assert(driver.readline(b, {}, "\\r\\n") == "one")
            assert(driver.readline(b, {}, "\\r\\n") == "two")
            assert(driver.readline(b, {}, "\\r\\n") == "")
            assert(select("#", driver.readline(b, {}, "\\r\\n")) == 0)
            assert(select("#", driver.readline(b, nil, "\\r\\n")) == 0)
            assert(driver.readline(b, {}, "") == "")
            assert(driver.readall(b, {}) == "rest")
            """
        )
    }

    @Test func wrongArgumentsRaiseTheReferencesTexts() throws {
        try lua.run(
            """
            local b = driver.buffer()
            fails("need buffer object at param 1", driver.push, nil, {}, nil, 1)
            fails("need message block at param 3", driver.push, b, {}, "text", 1)
            fails("Need buffer object at param 1", driver.pop, nil, {}, 1)
            fails("Need buffer object at param 1", driver.readall, {}, {})
            fails("Need buffer object at param 1", driver.readline, io.stdout, {}, "")
            fails("Need buffer object at param 1", driver.clear, "text", {})
            fails("number expected, got no value", driver.pop, b, {})
            fails("Invalid read 12345", driver.header, "12345")
            fails("Invalid read ", driver.header, "")
            fails("Invalid udp address", driver.udp_address, "123")
            fails("light userdata expected, got string", driver.drop, "text", 4)
            """
        )
    }

    @Test func headersAreReadMostSignificantByteFirst() throws {
        try lua.run(
            """
            assert(driver.header("\\1") == 1 and driver.header("\\1\\2") == 258)
            assert(driver.header("\\255\\255\\255\\255") == 0xffffffff)
            """
        )
    }

    @Test func packedAddressesAreReadable() throws {
        try lua.run(
            """
            local ip, port = driver.udp_address("\\1\\0\\80\\127\\0\\0\\1")
            assert(ip == "127.0.0.1" and port == 80)
            ip, port = driver.udp_address("\\2\\1\\0" .. ("\\0"):rep(15) .. "\\1")
            assert(ip == "::1" and port == 256)
            """
        )
    }

    @Test func messagesComeApart() throws {
        try lua.run(
            """
            local function unpack(...)
                local block, size = message.make(...)
                local results = table.pack(driver.unpack(block, size))
                message.free(block, size)
                return table.unpack(results, 1, results.n)
            end
            local kind, id, ud, text, more = unpack(2, 5, 8888, "127.0.0.1")
            assert(kind == 2 and id == 5 and ud == 8888 and text == "127.0.0.1" and more == nil)
            assert(select(4, unpack(3, 5, 0, "")) == "")
            local kind, id, size, block = unpack(1, 6, 5, "bytes")
            assert(kind == 1 and type(block) == "userdata" and size == 5)
            local b = driver.buffer()
            assert(driver.push(b, {}, block, size) == 5 and driver.readall(b, {}) == "bytes")
            local _, _, size, block, address = unpack(6, 6, 2, "hi\\1\\0\\80\\127\\0\\0\\1")
            assert(address == "\\1\\0\\80\\127\\0\\0\\1")
            driver.push(b, {}, block, size)
            assert(driver.readall(b, {}) == "hi")
            fails("socket message expected", driver.unpack, driver.str2p("short"))
            """
        )
    }

    @Test func buffersAndTheirBlocksEndWithTheCollector() throws {
        #expect(
            try leavesNoBlocks(repetitions: 300) {
                try lua.run(
                    """
                    local b = driver.buffer()
                    push(b, "left behind") push(b, "and this")
                    driver.pop(b, {}, 3)
                    driver.drop(driver.str2p("dropped"))
                    b = nil
                    collectgarbage()
                    """
                )
            }
        )
    }
}
