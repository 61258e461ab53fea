// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import LuaServices
import Testing

@Suite struct SocketMessageTests {
    @Test func theHeadHasTheReferencesLayout() throws {
        let message = SocketMessage.encode(.accept, id: 5, detail: 0x01020304, text: "::1:80")
        #expect(message.array.prefix(12) == [4, 0, 0, 0, 5, 0, 0, 0, 4, 3, 2, 1])
        #expect(message.count == 30)
        let view = try #require(SocketMessage(message.pointer, size: message.count))
        #expect(view.kind == .accept && view.id == 5 && view.detail == 0x01020304 && view.block == nil)
        #expect(String(decoding: view.text, as: UTF8.self) == "::1:80")
    }

    @Test func aTextIsCutAt128Bytes() {
        let message = SocketMessage.encode(.error, id: 1, text: String(repeating: "x", count: 200))
        #expect(message.count == 24 + 128)
        let bytes = [UInt8](repeating: 1, count: 129)
        #expect(bytes.withUnsafeBytes { SocketMessage.encode(.error, id: 1, text: $0).count } == 24 + 128)
        #expect(SocketMessage.encode(.close, id: 1).count == 24)
    }

    @Test func whatIsTooShortIsNoMessage() {
        let block = MemoryBlock([UInt8](repeating: 0, count: 23))
        #expect(SocketMessage(block.pointer, size: 23) == nil)
        #expect(SocketMessage(nil, size: 24) == nil)
    }

    @Test func theSecondBlockIsFreedByWhoeverHasIt() throws {
        let clean = try leavesNoBlocks {
            let lost = SocketMessage.encode(.data, id: 1, detail: 3, block: MemoryBlock([1, 2, 3]))
            SocketMessage.reclaim(lost)
            SocketMessage.reclaim(lost)

            let taken = SocketMessage.encode(.data, id: 1, detail: 3, block: MemoryBlock([1, 2, 3]))
            #expect(SocketMessage(taken.pointer, size: taken.count)?.takeBlock().array == [1, 2, 3])
            SocketMessage.reclaim(taken)

            let lent = SocketMessage.encode(.data, id: 1, detail: 3, block: MemoryBlock([1, 2, 3]))
            let view = try #require(SocketMessage(lent.pointer, size: lent.count))
            view.lendBlock()
            SocketMessage.reclaim(lent)
            #expect(view.takeBlock().array == [1, 2, 3])
        }
        #expect(clean)
    }
}
