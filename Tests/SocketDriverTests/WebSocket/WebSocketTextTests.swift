// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import SocketDriver

/// UTF-8 in messages and close frames: part 6 and 7 of the Autobahn suite.
@Suite struct WebSocketTextTests {
    private func isText(_ bytes: [UInt8], piece: Int = .max, mask: UInt32 = 0) -> Bool {
        var check = UTF8Check()
        var rest = bytes[...]
        while !rest.isEmpty {
            let accepted = rest.prefix(piece).withUnsafeBytes { check.accepts($0, mask: mask) }
            if !accepted { return false }
            rest = rest.dropFirst(piece)
        }
        return check.isComplete
    }

    /// Bytes at the borders of what the standard tells apart.
    private static let borders: [UInt8] = [
        0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
        0xF0,
        0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
    ]

    @Test func `sequences of up to three bytes are text where the standard library says so`() {
        for first in Self.borders {
            for second in Self.borders {
                for third in Self.borders {
                    let bytes = [first, second, third]
                    for count in 1...3 {
                        let part = Array(bytes[..<count])
                        let isValid = String(validating: part, as: UTF8.self) != nil
                        if isText(part) != isValid { Issue.record("\(part)") }
                    }
                }
            }
        }
    }

    @Test(arguments: [0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5] as [UInt8])
    func `sequences of four bytes are text where the standard library says so`(first: UInt8) {
        for second in Self.borders {
            for third in Self.borders {
                for fourth in Self.borders {
                    let bytes = [first, second, third, fourth]
                    let isValid = String(validating: bytes, as: UTF8.self) != nil
                    if isText(bytes) != isValid { Issue.record("\(bytes)") }
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3, 5, 8, 64])
    func `a long text is one in any pieces and with any mask`(piece: Int) {
        let text = Array(
            "Hello-µ@ßöäüàá-UTF-8!! κόσμε 🌍 \u{10FFFF} plain text with nothing in it at all, 0123456789".utf8
        )
        #expect(isText(text, piece: piece))
        let mask: [UInt8] = [0xA1, 0x02, 0xFF, 0x80]
        let masked = text.enumerated().map { $1 ^ mask[$0 & 3] }
        #expect(isText(masked, mask: 0xA102_FF80))
        for place in text.indices {
            var wrong = text
            wrong[place] = 0xFF
            #expect(!isText(wrong, piece: piece))
        }
    }

    // MARK: 6

    static let valid = [
        "κόσμε", "\u{0}", "\u{80}", "\u{800}", "\u{10000}", "\u{7F}", "\u{7FF}", "\u{FFFF}", "\u{10FFFF}", "\u{D7FF}",
        "\u{E000}", "\u{FFFD}", "\u{FFFE}", "\u{1FFFE}", "\u{EFFFF}", "Hello-µ@ßöäüàá-UTF-8!!",
    ]

    @Test(arguments: valid) func `text is sent back whatever its fragments`(text: String) throws {
        let bytes = Array(text.utf8)
        for piece in [Int.max, 1] {
            let rig = try WebSocketRig()
            try rig.feed(.text(text), piece: piece)
            try rig.feed(.text([], isFinal: false), piece: piece)
            for byte in bytes { try rig.feed(.more([byte]), .ping([1]), piece: piece) }
            try rig.feed(.more([], isFinal: true), piece: piece)
            let pongs = [Answer](repeating: .pong([1]), count: bytes.count)
            #expect(try rig.answers() == [.binary(bytes)] + pongs + [.binary(bytes)])
        }
    }

    static let invalid: [[UInt8]] = [
        [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], [0xF7, 0xBF, 0xBF, 0xBF],
        [0xF4, 0x90, 0x80, 0x80], [0x80], [0xBF], [0x80, 0xBF, 0x80], [0xC0, 0x20], [0xE0, 0x20], [0xF0, 0x20], [0xC0],
        [0xE0, 0x80], [0xF0, 0x80, 0x80], [0xDF], [0xEF, 0xBF], [0xFE], [0xFF], [0xC0, 0xAF], [0xE0, 0x80, 0xAF],
        [0xF0, 0x80, 0x80, 0xAF], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF], [0xED, 0xA0, 0x80],
        [0xED, 0xBF, 0xBF], [0xCE, 0xBA, 0xED, 0xA0, 0x80, 0x65],
    ]

    @Test(arguments: invalid) func `what is not text closes with 1007`(bytes: [UInt8]) throws {
        let halves: [RawFrame] = [
            .text(Array(bytes.prefix(1)), isFinal: false), .more(Array(bytes.dropFirst()), isFinal: true),
        ]
        for frames in [[RawFrame.text(bytes)], [.text(Array("ab".utf8) + bytes)], halves] {
            try Conversation.broken("text", frames, code: 1007).check()
        }
        let rig = try WebSocketRig()
        try rig.feed(.binary(bytes))
        #expect(try rig.answers() == [.binary(bytes)])
    }

    @Test func `text that is wrong already does not wait for the end of its frame`() throws {
        let rig = try WebSocketRig()
        let bytes: [UInt8] = Array("κόσμε".utf8) + [0xF4, 0x90] + [UInt8](repeating: 0x80, count: 100)
        let frame = RawFrame.text(bytes).bytes
        let wrong = frame.count - 101
        try rig.feed(Array(frame[..<wrong]))
        #expect(try rig.answers().isEmpty)
        try rig.feed([frame[wrong]])
        #expect(try rig.answers() == [.close(1007)])
        #expect(rig.sink.violations == [.textNotUTF8])
    }

    @Test func `a character may be split between fragments and not between messages`() throws {
        let rig = try WebSocketRig()
        try rig.feed(.text([0xCE], isFinal: false), .more([0xBA], isFinal: true))
        #expect(try rig.answers() == [.binary([0xCE, 0xBA])])
        try rig.feed(.text([0xCE]))
        #expect(try rig.answers() == [.close(1007)])
    }
}
