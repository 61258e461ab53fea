// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Testing

@testable import LuaServices

@Suite struct DestinationTests {
    @Test func `a destination is a number, its text, an address, or a name`() throws {
        let node = try CoreNode()
        let (handle, recorder) = try node.recorder()
        #expect(node.kernel.bind("friend", to: handle))
        node.host.harbor.bind("FRIEND", to: handle, from: nil)
        let raw = handle.rawValue
        node.script(
            """
            local destinations = { \(raw), \(raw).0, "\(raw)", "0x\(raw)", ":\(raw)", ":0000000\(raw)", ".friend",
                "FRIEND", \(raw) + (1 << 32) }
            for i, destination in ipairs(destinations) do equal(i, core.send(destination, 3, i, "to " .. i)) end
            equal(0, core.send(\(raw), 3, 0, ""))
            """
        )
        #expect(recorder.sessions == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0])
        #expect(recorder.lines == (1...9).map { "to \($0)" } + [""])
    }

    @Test func `nobody there is no result, and the number is used up`() throws {
        let node = try CoreNode()
        node.script(
            """
            equal(1, core.genid())
            for _, destination in ipairs { 0xffff00, ":ffff00", ".nobody", ":0" } do
                equal(nothing, core.send(destination, 3, nil, "x"))
            end
            equal(6, core.genid())
            equal(7, core.send("NOBODY_YET", 3, nil, "x"))
            equal(nothing, core.send(":0", 3, 0, ""))
            """
        )
        #expect(node.log == ["error: Destination address can't be 0"])
    }

    @Test func `what is no destination raises`() throws {
        let node = try CoreNode()
        node.script(
            """
            for _, zero in ipairs { 0, 0.0, 0.5, "0", 1 << 32 } do
                fails("Invalid service address 0", core.send, zero, 3, 0, "")
            end
            fails("dest address type (nil) must be a string or number.", core.send, nil, 3, 0, "")
            fails("dest address type (table) must be a string or number.", core.send, {}, 3, 0, "")
            fails("invalid param no value", core.send, 1, 3, 0)
            fails("invalid param table", core.send, 1, 3, 0, {})
            """
        )
    }

    @Test func `what is too large is false and logged`() throws {
        let node = try CoreNode()
        node.script(
            """
            local block, size = core.pack(1)
            equal(false, core.send(0xab, 3, 0, block, -1))
            equal(false, core.send("FAR", 3, 0, block, -1))
            core.trash(block, size)
            """
        )
        #expect(node.log == ["error: The message to ab is too large", "error: The message to FAR is too large"])
    }

    @Test func `another node cannot be reached, which the sender learns`() throws {
        let node = try CoreNode()
        let address = node.script(
            """
            core.callback(function(type, _, _, session, source) core.error(type, session, source) end)
            equal(5, core.send(0x02000008, 3, 5, "abc"))
            """
        )
        let sender = String(address.rawValue, radix: 16)
        #expect(
            node.log == [
                "Drop message to harbor 2 from \(sender) to 2000008 (session = 5, msgsz = 3)", "7 5 \(0x0200_0008)",
            ]
        )
    }
}
