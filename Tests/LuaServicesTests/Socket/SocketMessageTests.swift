// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import ServiceKernel
import SocketDriver
import Testing

@testable import LuaServices

@Suite struct SocketMessageTests {
    @Test func theHeadHasTheReferencesLayout() throws {
        let message = SocketMessage.message(of: .accepted(listener: 5, 0x01020304, address: "::1:80"))
        #expect(message.type == .socket && message.session == 0 && message.source == .none && message.attached == 0)
        let body = [UInt8](message.body)
        #expect(body.prefix(12) == [4, 0, 0, 0, 5, 0, 0, 0, 4, 3, 2, 1])
        #expect(body.count == 30)
        let found = SocketMessage(message)
        let view = try #require(found)
        #expect(view.kind == .accept && view.id == 5 && view.detail == 0x01020304 && view.block == nil)
        #expect(String(decoding: view.text, as: UTF8.self) == "::1:80")
    }

    @Test func aTextIsCutAt128Bytes() {
        let long = SocketMessage.message(of: .failed(1, reason: String(repeating: "x", count: 200)))
        let none = SocketMessage.message(of: .closed(1))
        let (longest, shortest) = (long.body.count, none.body.count)
        #expect(longest == 24 + 128 && shortest == 24)
    }

    @Test(arguments: [0, 1, 7, 8, 9, 64, 65_536])
    func bytesAndTheirMessageAreOneBlock(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let block = socketBlock(bytes)
        let address = block.pointer
        let message = SocketMessage.message(of: .data(9, block))
        let (pointer, attached, body) = (message.payload.pointer, Int(message.attached), message.body.count)
        #expect(pointer == address && body == 24)
        #expect(attached >= max(count, 1) && attached % 8 == 0)
        let found = SocketMessage(message)
        let view = try #require(found)
        #expect(view.kind == .data && view.id == 9 && view.detail == Int32(count) && view.block == address)
        #expect([UInt8](view.bytes) == bytes && view.text.isEmpty && !view.isPacket)
    }

    @Test func aDatagramKeepsItsSenderBehindItsBytes() throws {
        let message = SocketMessage.message(of: .datagram(3, socketBlock([7, 8, 1, 0, 80, 127, 0, 0, 1]), count: 2))
        let found = SocketMessage(message)
        let view = try #require(found)
        #expect(view.kind == .udp && view.detail == 2 && [UInt8](view.bytes) == [7, 8])
        #expect(view.block?.load(fromByteOffset: 8, as: UInt8.self) == 1)
    }

    @Test func aWholePacketIsToldFromBytes() throws {
        let message = SocketMessage.message(of: .packet(3, socketBlock([])))
        let found = SocketMessage(message)
        let view = try #require(found)
        #expect(view.kind == .data && view.isPacket && view.block != nil && view.detail == 0)
    }

    @Test func whatIsTooShortIsNoMessage() {
        let block = MemoryBlock([UInt8](repeating: 0, count: 23))
        #expect(SocketMessage(block.pointer, size: 23) == nil)
        #expect(SocketMessage(nil, size: 24) == nil)
    }

    /// The head of a message as scripts see it, which owns the block.
    private static func detached(_ event: consuming SocketEvent, _ body: (SocketMessage) -> Void) {
        let message = SocketMessage.message(of: event)
        let attached = message.attached
        let head = MemoryBlock([UInt8](repeating: 1, count: SocketMessage.headSize))
        guard let pointer = head.pointer else { return }
        SocketMessage.detach(message.takePayload(), attached: attached, to: pointer)
        if let view = SocketMessage(pointer, size: head.count) { body(view) }
        SocketMessage.reclaim(pointer, size: head.count)
        SocketMessage.reclaim(pointer, size: head.count)
    }

    @Test func theBlockIsFreedByWhoeverHasIt() throws {
        let clean = try leavesNoBlocks {
            SocketMessage.reclaim(SocketMessage.message(of: .data(1, socketBlock([1, 2, 3]))))
            Self.detached(.data(1, socketBlock([1, 2, 3]))) { _ in }
            Self.detached(.data(1, socketBlock([1, 2, 3]))) { view in
                let taken = view.takeBlock().array
                #expect(taken == [1, 2, 3])
            }
            Self.detached(.data(1, socketBlock([1, 2, 3]))) { view in
                view.lendBlock()
                let lent = MemoryBlock(adopting: view.block, count: 3).array
                #expect(lent == [1, 2, 3])
            }
            Self.detached(.packet(1, socketBlock([1, 2, 3]))) { view in
                #expect(view.becomeStream() && !view.isPacket && view.detail == 5)
                #expect([UInt8](view.bytes) == [0, 3, 1, 2, 3])
            }
        }
        #expect(clean)
    }

    @Test func aPacketBecomesAStreamIfTwoBytesCanAnnounceIt() {
        for count in [0, 65_535] {
            Self.detached(.packet(1, socketBlock([UInt8](repeating: 5, count: count)))) { view in
                #expect(view.becomeStream() && view.bytes.count == count + 2)
                #expect(view.bytes[0] == UInt8(count >> 8) && view.bytes[1] == UInt8(count & 255))
            }
        }
        Self.detached(.packet(1, socketBlock([UInt8](repeating: 5, count: 65_536)))) { view in
            #expect(!view.becomeStream() && view.isPacket && view.bytes.count == 65_536)
        }
    }
}
