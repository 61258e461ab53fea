// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import ServiceKernel
import Testing

/// Serialized, because it counts what lives in the whole process.
@Suite(.serialized) struct MessagePayloadTests {
    private static func text(_ payload: borrowing MessagePayload) -> String {
        String(decoding: payload.bytes, as: UTF8.self)
    }

    /// Whether a lot of `work` leaves no block behind for each; other tests hold blocks meanwhile.
    private static func leavesNothing(_ work: () -> Void) -> Bool {
        let count = 5000
        for _ in 0..<5 {
            let before = MessagePayload.liveBlocks
            for _ in 0..<count { work() }
            if MessagePayload.liveBlocks - before < count / 2 { return true }
        }
        return false
    }

    @Test func `a copy holds the bytes and an uncounted NUL`() {
        var payload = MessagePayload()
        [UInt8]("abc".utf8).withUnsafeBytes { payload = MessagePayload(copying: $0) }
        #expect(payload.count == 3)
        #expect(Self.text(payload) == "abc")
        #expect(payload.pointer?.load(fromByteOffset: 3, as: UInt8.self) == 0)
    }

    @Test func `a text holds its UTF-8 and an uncounted NUL`() {
        let payload = MessagePayload(text: "größe")
        #expect(payload.count == 7)
        #expect(Self.text(payload) == "größe")
        #expect(payload.pointer?.load(fromByteOffset: 7, as: UInt8.self) == 0)
    }

    @Test func `an empty body has no address`() {
        let copy = [UInt8]().withUnsafeBytes { MessagePayload(copying: $0).pointer }
        let (empty, text) = (MessagePayload().pointer, MessagePayload(text: "").pointer)
        #expect(copy == nil)
        #expect(empty == nil)
        #expect(text == nil)
    }

    @Test func `a dropped body is freed`() {
        #expect(Self.leavesNothing { _ = MessagePayload(text: "some text") })
        #expect(
            Self.leavesNothing {
                _ = Message(type: .text, source: .none, session: 1, payload: MessagePayload(text: "x"))
            }
        )
    }

    @Test func `a body taken from its message is freed with whoever took it`() {
        #expect(
            Self.leavesNothing {
                let message = Message(type: .text, source: .none, session: 1, payload: MessagePayload(text: "moved"))
                let payload = message.takePayload()
                precondition(payload.count == 5)
            }
        )
    }

    @Test func `a relinquished body lives until somebody adopts it`() throws {
        let (pointer, count) = MessagePayload(text: "given away").relinquish()
        #expect(count == 10)
        let adopted = MessagePayload(adopting: pointer, count: count)
        #expect(Self.text(adopted) == "given away")
        #expect(
            Self.leavesNothing {
                let (pointer, count) = MessagePayload(text: "to and fro").relinquish()
                _ = MessagePayload(adopting: pointer, count: count)
            }
        )
    }

    @Test func `blocks and bytes in use are counted`() {
        let (blocks, bytes) = (MessagePayload.liveBlocks, MessagePayload.liveBytes)
        let held = (0..<5000).map { _ in MessagePayload.allocate(100) }
        #expect(MessagePayload.liveBlocks - blocks > 4000)
        #expect(MessagePayload.liveBytes - bytes > 400_000)
        for block in held { MessagePayload.free(block) }
        #expect(MessagePayload.liveBlocks - blocks < 1000)
    }

    @Test func `blocks from plain malloc can enter and leave the account`() throws {
        #expect(
            Self.leavesNothing {
                guard let block = malloc(10) else { return }
                MessagePayload.adopt(block)
                _ = MessagePayload(adopting: block, count: 10)
            }
        )
        #expect(
            Self.leavesNothing {
                let block = MessagePayload.allocate(10)
                MessagePayload.release(block)
                free(block)
            }
        )
    }

    @Test func `a block keeps its bytes when it grows, and is counted once`() {
        #expect(
            Self.leavesNothing {
                let block = MessagePayload.allocate(4)
                block.storeBytes(of: 0x0102_0304, as: UInt32.self)
                let larger = MessagePayload.reallocate(block, to: 100_000)
                precondition(larger.load(as: UInt32.self) == 0x0102_0304)
                MessagePayload.free(larger)
            }
        )
    }
}
