// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime
import LuaServices
import Testing

@testable import LuaServices

/// The tracker is the process's, so each of these runs in a process of its own.
@Suite struct BufferTrackerTests {
    private static func runWatched(_ source: String) throws {
        BufferTracker.current = BufferTracker()
        let seri = LuaModule(
            "seri",
            [LuaSerialization.pack, LuaSerialization.packstring, LuaSerialization.unpack]
        )
        let lua = try NativeLua([
            "netpack": Netpack.module, "seri": seri, "driver": SocketDriverModule.module,
        ])
        try lua.run(source)
    }

    @Test func aBlockFreedTwiceIsAnErrorThatNamesWhereItCameFrom() async {
        await #expect(processExitsWith: .success) {
            try Self.runWatched(
                """
                local block, size = netpack.pack("text")
                netpack.tostring(block, size)
                fails("was given back already (it came from test:1)", netpack.tostring, block, size)
                fails("was given back already (it came from test:1)", driver.drop, block, size)
                fails("was given back already (it came from test:1)", netpack.pack, block, size)
                """
            )
        }
    }

    @Test func aForeignPointerIsAnError() async {
        await #expect(processExitsWith: .success) {
            try Self.runWatched(
                """
                local foreign = seri.unpack("\\x03\\x08\\x07\\x06\\x05\\x04\\x03\\x02\\x01")
                fails("0x0102030405060708 is no buffer of this node", netpack.tostring, foreign, 3)
                fails("is no buffer of this node", netpack.pack, foreign, 3)
                fails("is no buffer of this node", netpack.filter, nil, foreign, 24)
                fails("is no buffer of this node", seri.unpack, foreign, 24)
                fails("is no buffer of this node", driver.unpack, foreign, 24)
                fails("is no buffer of this node", driver.push, driver.buffer(), {}, foreign, 24)
                """
            )
        }
    }

    @Test func properUseIsNoError() async {
        await #expect(processExitsWith: .success) {
            try Self.runWatched(
                """
                for _ = 1, 3 do
                    local block, size = seri.pack(1, "two", {3})
                    assert(select("#", seri.unpack(block, size)) == 3)
                    driver.drop(block, size)
                    local buffer = driver.buffer()
                    driver.push(buffer, {}, driver.str2p("bytes"))
                    assert(driver.readall(buffer, {}) == "bytes")
                    assert(netpack.tostring(netpack.pack("text")) == "\\0\\4text")
                end
                """
            )
            #expect(BufferTracker.current?.outstanding.isEmpty == true)
        }
    }
}
