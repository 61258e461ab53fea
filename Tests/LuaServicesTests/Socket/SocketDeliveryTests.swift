// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import ServiceKernel
import SocketDriver
import Testing

@testable import LuaServices

/// What a socket brought, from the sink of its events to a script that does with it what scripts do.
@Suite struct SocketDeliveryTests {
    private let node: CoreNode

    init() throws { node = try CoreNode() }

    /// A service that runs `body` for each message of type SOCKET, with `msg` and `sz`.
    private func service(_ body: String, isForwarding: Bool = false) -> ServiceHandle {
        node.script(
            """
            local netpack, driver = require "skynet.netpack", require "skynet.socketdriver"
            core.callback(function(type, msg, sz)
                if type == 6 then
                    \(body)
                end
            end\(isForwarding ? ", true" : ""))
            """
        )
    }

    private func send(_ event: consuming SocketEvent, to handle: ServiceHandle) {
        _ = node.kernel.deliver(SocketMessage.message(of: event), to: handle, from: node.kernel.workers[0])
    }

    /// Whether many events leave no block behind.
    private func leavesNoBlocks(_ handle: ServiceHandle, _ event: () -> SocketEvent) -> Bool {
        for _ in 0..<5 {
            let (before, count) = (MemoryBlock.liveBlocks, 1000)
            for _ in 0..<count {
                send(event(), to: handle)
                node.run()
            }
            if MemoryBlock.liveBlocks - before < count / 2 { return true }
        }
        return false
    }

    @Test func aBlockMayBeFreedWhileItsMessageIsInHand() {
        let handle = service(
            """
            local _, kind, id, packet, size = netpack.filter(nil, msg, sz)
            core.error(sz .. " " .. kind .. " " .. id .. " " .. netpack.tostring(packet, size))
            local filler = driver.str2p(("x"):rep(4))
            local again = table.pack(netpack.filter(nil, msg, sz))
            core.error(again.n .. " " .. tostring(again[1]))
            core.error(table.concat({ driver.unpack(msg, sz) }, " "))
            core.trash(filler, 4)
            """
        )
        send(.data(8, socketBlock([0, 4] + Array("body".utf8))), to: handle)
        node.run()
        #expect(node.log == ["24 data 8 body", "1 nil", "1 8 6 "])
    }

    @Test(arguments: [
        "", "driver.drop(select(4, driver.unpack(msg, sz)), 3)",
        "netpack.tostring(select(4, driver.unpack(msg, sz)), 3)",
        "local b = driver.buffer() driver.push(b, {}, select(4, driver.unpack(msg, sz)), 3)",
        "core.trash(select(4, netpack.filter(nil, msg, sz)))", "netpack.filter(nil, msg, sz - 1)",
    ])
    func whateverAScriptDoesTheBlockIsFreedOnce(body: String) {
        let handle = service(body)
        #expect(leavesNoBlocks(handle) { .data(8, socketBlock([0, 1, 2])) })
        node.kernel.retire(handle)
        node.run()
        #expect(leavesNoBlocks(handle) { .data(8, socketBlock([0, 1, 2])) }, "nobody lives there any more")
    }

    @Test func inForwardModeMessageAndBlockAreTheScripts() {
        let handle = service(
            """
            local kind, id, size, block = driver.unpack(msg, sz)
            core.error(kind .. " " .. id .. " " .. core.tostring(block, size))
            driver.drop(block, size)
            core.trash(msg, sz)
            """,
            isForwarding: true
        )
        #expect(leavesNoBlocks(handle) { .data(8, socketBlock(Array("abc".utf8))) })
        #expect(Set(node.log) == ["1 8 abc"])
    }

    @Test func aMessageSentOnInForwardModeArrivesWithItsBlock() {
        let target = service("core.error(core.tostring(select(4, driver.unpack(msg, sz)), 3))")
        let handle = service("core.redirect(\(target.rawValue), 0, 6, 0, msg, sz)", isForwarding: true)
        send(.data(8, socketBlock(Array("abc".utf8))), to: handle)
        node.run()
        #expect(node.log == ["abc"])
    }

    @Test func aWholePacketKeepsItsPlaceAmongBytes() {
        let handle = service(
            """
            local kind, id, packet, size
            queue, kind, id, packet, size = netpack.filter(queue, msg, sz)
            core.error(tostring(kind) .. " " .. tostring(id) .. " " .. (packet and netpack.tostring(packet, size) or ""))
            """
        )
        send(.data(1, socketBlock([0, 3, 97])), to: handle)
        send(.packet(2, socketBlock([])), to: handle)
        send(.packet(2, socketBlock(Array("as it is".utf8))), to: handle)
        send(.data(1, socketBlock([98, 99])), to: handle)
        node.run()
        #expect(node.log == ["nil nil ", "data 2 ", "data 2 as it is", "data 1 abc"])
    }

    @Test func aReaderOfStreamsGetsPacketsBehindTheirLength() {
        let handle = service(
            """
            local kind, id, size, block = driver.unpack(msg, sz)
            if kind == 1 then
                local text = netpack.tostring(block, size)
                core.error(kind .. " " .. id .. " " .. size .. " " .. text:byte(1) .. " " .. text:byte(2) .. " " .. #text)
            else
                core.error(kind .. " " .. id .. " " .. size .. " " .. block)
            end
            """
        )
        for count in [0, 3, 65_535, 65_536] {
            send(.packet(2, socketBlock([UInt8](repeating: 97, count: count))), to: handle)
        }
        node.run()
        #expect(
            node.log == [
                "1 2 2 0 0 2", "1 2 5 0 3 5", "1 2 65537 255 255 65537",
                "5 2 0 packet of 65536 bytes: more than a stream with two bytes of length can have",
            ]
        )
    }
}
