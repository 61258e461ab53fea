// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore
import Testing

@testable import SocketDriver

@Suite struct StreamDoorTests {
    private func admit(_ door: inout StreamDoor, _ text: String, _ priority: SendPriority = .high) -> StreamDoor.Answer
    {
        Array(text.utf8).withUnsafeBytes { door.admit($0, priority: priority) { StagedOutput() } }
    }

    @Test func answers_byMode() {
        for (mode, high, low) in [
            (.unstarted, .dropped, .dropped), (.open, .taken, .taken), (.discarding, .dropped, .dropped),
            (.closing, .refused, .dropped), (.gone, .refused, .refused),
        ] as [(StreamDoor.Mode, StreamDoor.Answer, StreamDoor.Answer)] {
            var door = StreamDoor(mode)
            #expect(admit(&door, "x") == high, "\(mode)")
            #expect(admit(&door, "x", .low) == low, "\(mode)")
        }
    }

    @Test func emptyMessage_isTrueAndNothing() {
        var door = StreamDoor(.open)
        #expect(admit(&door, "") == .dropped)
        #expect(door.staged == nil)
    }

    @Test func door_neverOpensAgain() {
        var door = StreamDoor(.unstarted)
        door.advance(to: .open)
        door.advance(to: .closing)
        door.advance(to: .open)
        #expect(door.mode == .closing)
        door.advance(to: .discarding)
        #expect(door.mode == .closing)
    }

    @Test func messages_keepTheirBordersAndLists() {
        var door = StreamDoor(.open)
        _ = admit(&door, "ab")
        _ = admit(&door, "c", .low)
        let staged = door.takeStaged()
        #expect(staged?.bytes == ByteBuffer(string: "abc"))
        #expect(staged?.marks.map(\.count) == [2, 1])
        #expect(staged?.marks.map(\.priority) == [.high, .low])
        #expect(door.takeStaged() == nil)
    }

    @Test func closing_keepsWhatWasStaged_goneDoesNot() {
        var door = StreamDoor(.open)
        _ = admit(&door, "ab")
        door.advance(to: .closing)
        #expect(door.staged != nil)
        door.advance(to: .gone)
        #expect(door.staged == nil)
    }
}
