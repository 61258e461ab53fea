// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import Glibc
import Testing

/// Serialized, because it counts what lives in the whole process.
@Suite(.serialized) struct MemoryBlockTests {
    private static func text(_ payload: borrowing MemoryBlock) -> String {
        String(decoding: payload.bytes, as: UTF8.self)
    }

    /// Whether a lot of `work` leaves no block behind for each; other tests hold blocks meanwhile.
    private static func leavesNothing(_ work: () -> Void) -> Bool {
        let count = 5000
        for _ in 0..<5 {
            let before = MemoryBlock.liveBlocks
            for _ in 0..<count { work() }
            if MemoryBlock.liveBlocks - before < count / 2 { return true }
        }
        return false
    }

    @Test func `a copy holds the bytes and an uncounted NUL`() {
        var payload = MemoryBlock()
        [UInt8]("abc".utf8).withUnsafeBytes { payload = MemoryBlock(copying: $0) }
        #expect(payload.count == 3)
        #expect(Self.text(payload) == "abc")
        #expect(payload.pointer?.load(fromByteOffset: 3, as: UInt8.self) == 0)
    }

    @Test func `a text holds its UTF-8 and an uncounted NUL`() {
        let payload = MemoryBlock(text: "größe")
        #expect(payload.count == 7)
        #expect(Self.text(payload) == "größe")
        #expect(payload.pointer?.load(fromByteOffset: 7, as: UInt8.self) == 0)
    }

    @Test func `a copy with room behind has an address even without bytes`() {
        for count in [0, 1, 100] {
            let bytes = [UInt8](repeating: 7, count: count)
            let before = MemoryBlock.liveBytes
            let block = MemoryBlock(bytes, tailRoom: 1 << 20)
            #expect(block.count == count && Array(block.bytes) == bytes)
            #expect(MemoryBlock.liveBytes - before >= 1 << 19)
        }
    }

    @Test func `an empty body has no address`() {
        let copy = [UInt8]().withUnsafeBytes { MemoryBlock(copying: $0).pointer }
        let (empty, text) = (MemoryBlock().pointer, MemoryBlock(text: "").pointer)
        #expect(copy == nil)
        #expect(empty == nil)
        #expect(text == nil)
    }

    @Test func `a dropped body is freed`() {
        #expect(Self.leavesNothing { _ = MemoryBlock(text: "some text") })
    }

    @Test func `a relinquished body lives until somebody adopts it`() throws {
        let (pointer, count) = MemoryBlock(text: "given away").relinquish()
        #expect(count == 10)
        let adopted = MemoryBlock(adopting: pointer, count: count)
        #expect(Self.text(adopted) == "given away")
        #expect(
            Self.leavesNothing {
                let (pointer, count) = MemoryBlock(text: "to and fro").relinquish()
                _ = MemoryBlock(adopting: pointer, count: count)
            }
        )
    }

    @Test func `blocks and bytes in use are counted`() {
        let (blocks, bytes) = (MemoryBlock.liveBlocks, MemoryBlock.liveBytes)
        let held = (0..<5000).map { _ in MemoryBlock.allocate(100) }
        #expect(MemoryBlock.liveBlocks - blocks > 4000)
        #expect(MemoryBlock.liveBytes - bytes > 400_000)
        for block in held { MemoryBlock.free(block) }
        #expect(MemoryBlock.liveBlocks - blocks < 1000)
    }

    @Test func `blocks from plain malloc can enter and leave the account`() throws {
        #expect(
            Self.leavesNothing {
                guard let block = malloc(10) else { return }
                MemoryBlock.adopt(block)
                _ = MemoryBlock(adopting: block, count: 10)
            }
        )
        #expect(
            Self.leavesNothing {
                let block = MemoryBlock.allocate(10)
                MemoryBlock.release(block)
                free(block)
            }
        )
    }

    @Test func `a block keeps its bytes when it grows, and is counted once`() {
        #expect(
            Self.leavesNothing {
                let block = MemoryBlock.allocate(4)
                block.storeBytes(of: 0x0102_0304, as: UInt32.self)
                let larger = MemoryBlock.reallocate(block, to: 100_000)
                precondition(larger.load(as: UInt32.self) == 0x0102_0304)
                MemoryBlock.free(larger)
            }
        )
    }
}

extension MemoryBlock {
    init(_ bytes: [UInt8], tailRoom: Int = 0) {
        self.init()
        bytes.withUnsafeBytes { self = MemoryBlock(copying: $0, tailRoom: tailRoom) }
    }
}
