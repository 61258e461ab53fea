// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import ServiceKernel
import Testing

@Suite struct MessageTests {
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

    @Test func `a dropped message frees its body`() {
        #expect(
            Self.leavesNothing {
                _ = Message(type: .text, source: .none, session: 1, payload: MemoryBlock(text: "x"))
            }
        )
    }

    @Test func `a body taken from its message is freed with whoever took it`() {
        #expect(
            Self.leavesNothing {
                let message = Message(type: .text, source: .none, session: 1, payload: MemoryBlock(text: "moved"))
                let payload = message.takePayload()
                precondition(payload.count == 5)
            }
        )
    }
}
