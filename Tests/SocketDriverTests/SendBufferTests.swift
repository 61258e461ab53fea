// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore
import Testing

@testable import SocketDriver

@Suite struct SendBufferTests {
    private func admit(
        _ buffer: inout SendBuffer,
        _ text: String,
        _ priority: SendPriority = .high
    ) -> SendBuffer.Answer {
        Array(text.utf8).withUnsafeBytes { buffer.admit($0, priority: priority) { StagedOutput() } }
    }

    @Test func answers_byMode() {
        for (mode, high, low) in [
            (.unstarted, .dropped, .dropped), (.open, .taken, .taken), (.discarding, .dropped, .dropped),
            (.closing, .refused, .dropped), (.gone, .refused, .refused),
        ] as [(SendBuffer.Mode, SendBuffer.Answer, SendBuffer.Answer)] {
            var buffer = SendBuffer(mode)
            #expect(admit(&buffer, "x") == high, "\(mode)")
            #expect(admit(&buffer, "x", .low) == low, "\(mode)")
        }
    }

    @Test func emptyMessage_isTrueAndNothing() {
        var buffer = SendBuffer(.open)
        #expect(admit(&buffer, "") == .dropped)
        #expect(buffer.staged == nil)
    }

    @Test func door_neverOpensAgain() {
        var buffer = SendBuffer(.unstarted)
        buffer.advance(to: .open)
        buffer.advance(to: .closing)
        buffer.advance(to: .open)
        #expect(buffer.mode == .closing)
        buffer.advance(to: .discarding)
        #expect(buffer.mode == .closing)
    }

    @Test func messages_keepTheirBordersAndLists() {
        var buffer = SendBuffer(.open)
        _ = admit(&buffer, "ab")
        _ = admit(&buffer, "c", .low)
        let staged = buffer.takeStaged()
        #expect(staged?.bytes == ByteBuffer(string: "abc"))
        #expect(staged?.marks.map(\.count) == [2, 1])
        #expect(staged?.marks.map(\.priority) == [.high, .low])
        #expect(buffer.takeStaged() == nil)
    }

    @Test func closing_keepsWhatWasStaged_goneDoesNot() {
        var buffer = SendBuffer(.open)
        _ = admit(&buffer, "ab")
        buffer.advance(to: .closing)
        #expect(buffer.staged != nil)
        buffer.advance(to: .gone)
        #expect(buffer.staged == nil)
    }
}
