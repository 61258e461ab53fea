// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOEmbedded
import Testing

@testable import SocketDriver

/// One conversation: what a client sends, and what it gets from a server that sends every message back.
struct Conversation: CustomTestStringConvertible {
    let name: String
    let sent: [UInt8]
    let expected: [Answer]
    /// Whether the server ends it.
    let ends: Bool
    var options = WebSocketOptions.forTests()
    /// The sizes of pieces in which it is sent.
    var pieces = [Int.max, 1, 7]

    init(_ name: String, _ sent: [RawFrame], _ expected: [Answer], ends: Bool = false) {
        self.init(name, bytes: sent.flatMap(\.bytes), expected, ends: ends)
    }

    init(_ name: String, bytes: [UInt8], _ expected: [Answer], ends: Bool = false) {
        self.name = name
        sent = bytes
        self.expected = expected
        self.ends = ends
    }

    /// A rule that is broken by the last frame.
    static func broken(
        _ name: String,
        _ sent: [RawFrame],
        after expected: [Answer] = [],
        code: UInt16 = 1002
    ) -> Conversation {
        // What follows must not be listened to.
        let bytes = sent.flatMap(\.bytes) + RawFrame.binary([1]).bytes
        return Conversation(name, bytes: bytes, expected + [.close(code)], ends: true)
    }

    var testDescription: String { name }

    func check() throws {
        for piece in pieces {
            let rig = try WebSocketRig(.server, options)
            try rig.feed(sent, piece: piece)
            #expect(try rig.answers() == expected, "in pieces of \(piece)")
            #expect(rig.channel.isActive != ends, "in pieces of \(piece)")
            #expect(rig.sink.isInactive == ends)
        }
    }
}

/// The cases of the Autobahn test suite for servers, by its numbers.
@Suite struct WebSocketConversationTests {
    private static func block(_ count: Int) -> [UInt8] { [UInt8](repeating: 0xFE, count: count) }

    // MARK: 1, framing

    static let lengths: [Conversation] = [0, 1, 125, 126, 127, 128, 65535, 65536].flatMap { count in
        let text = [UInt8](repeating: UInt8(ascii: "*"), count: count)
        var conversations = [
            Conversation("1.1 text of \(count)", [.text(text)], [.binary(text)]),
            Conversation("1.2 binary of \(count)", [.binary(block(count))], [.binary(block(count))]),
        ]
        if count > 1000 { for place in conversations.indices { conversations[place].pieces = [.max, 997] } }
        return conversations
    }
    static let framing: [Conversation] =
        [
            Conversation(
                "several in one go",
                (0..<50).map { .binary(block($0)) },
                (0..<50).map { .binary(block($0)) }
            ),
            .broken("a length of two bytes for less than 126", [RawFrame(opcode: 2, payload: [1], lengthSize: 2)]),
            .broken("a length of eight bytes for less than 65536", [RawFrame(opcode: 2, payload: [1], lengthSize: 8)]),
            .broken("a negative length", [RawFrame(opcode: 2, announced: 1 << 63, lengthSize: 8)]),
            .broken("a frame without a mask", [RawFrame.binary([1]).unmasked()]),
            .broken("a ping without a mask", [.binary([1]), RawFrame.ping().unmasked()], after: [.binary([1])]),
            Conversation(
                "a mask of zeros",
                [RawFrame(opcode: 2, payload: [1, 2], mask: [0, 0, 0, 0])],
                [.binary([1, 2])]
            ),
        ]

    // MARK: 2, pings and pongs

    static let pings: [Conversation] = [
        Conversation("2.1 ping", [.ping()], [.pong([])]),
        Conversation("2.2 ping with text", [.ping(Array("Hello, world!".utf8))], [.pong(Array("Hello, world!".utf8))]),
        Conversation(
            "2.3 ping with bytes",
            [.ping([0, 255, 254, 253, 252, 251, 0, 255])],
            [.pong([0, 255, 254, 253, 252, 251, 0, 255])]
        ),
        Conversation("2.4 ping of 125", [.ping(block(125))], [.pong(block(125))]),
        .broken("2.5 ping of 126", [.ping(block(126))]),
        Conversation("2.7 pong that nobody asked for", [.pong()], []),
        Conversation("2.8 pong with text", [.pong([1, 2, 3])], []),
        Conversation("2.9 pong and ping", [.pong([1]), .ping([2])], [.pong([2])]),
        Conversation("2.10 ten pings", (0..<10).map { .ping([$0]) }, (0..<10).map { .pong([$0]) }),
        .broken("a ping of 65536", [.ping(block(65536))]),
    ]

    // MARK: 3, reserved bits

    static let reservedBits: [Conversation] =
        (1...7).map { (bits: UInt8) in
            Conversation.broken(
                "3 reserved bits \(bits) behind a message",
                [.text("a"), RawFrame(opcode: 1, payload: [0x62], reserved: bits)],
                after: [.binary([0x61])]
            )
        } + [
            .broken("3.5 reserved bits of a message of bytes", [RawFrame(opcode: 2, payload: [1], reserved: 5)]),
            .broken("3.6 reserved bits of a ping", [RawFrame(opcode: 9, payload: [1], reserved: 6)]),
            .broken("3.7 reserved bits of a close frame", [RawFrame(opcode: 8, reserved: 7)]),
        ]

    // MARK: 4, opcodes

    static let opcodes: [Conversation] = ([3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8]).flatMap { opcode in
        [
            Conversation.broken("4 opcode \(opcode)", [RawFrame(opcode: opcode)]),
            .broken(
                "4 opcode \(opcode) with a payload behind a message",
                [.text("a"), RawFrame(opcode: opcode, payload: [1])],
                after: [.binary([0x61])]
            ),
            .broken("4 opcode \(opcode) in a message", [.text("a", isFinal: false), RawFrame(opcode: opcode)]),
        ]
    }

    // MARK: 5, fragmentation

    static let fragments: [Conversation] = [
        Conversation.broken(
            "5.1 ping in fragments",
            [RawFrame(opcode: 9, payload: [1], isFinal: false), .more([2], isFinal: true)]
        ),
        .broken(
            "5.2 pong in fragments",
            [RawFrame(opcode: 10, payload: [1], isFinal: false), .more([2], isFinal: true)]
        ),
        .broken("close frame in fragments", [RawFrame(opcode: 8, isFinal: false)]),
        Conversation(
            "5.3 two fragments",
            [.text("ab", isFinal: false), .more([0x63], isFinal: true)],
            [.binary([0x61, 0x62, 0x63])]
        ),
        Conversation(
            "5.6 ping between fragments",
            [.binary([1], isFinal: false), .ping([9]), .more([2], isFinal: true)],
            [.pong([9]), .binary([1, 2])]
        ),
        .broken("5.9 continuation of nothing", [.more([1], isFinal: true)]),
        .broken(
            "5.10 continuation of nothing behind a message",
            [.binary([1]), .more([1], isFinal: true)],
            after: [.binary([1])]
        ),
        .broken("5.12 continuation of nothing that goes on", [.more([1])]),
        .broken(
            "5.15 continuation behind the last fragment",
            [.text("a", isFinal: false), .more([0x62], isFinal: true), .more([1])],
            after: [.binary([0x61, 0x62])]
        ),
        .broken("5.18 message in a message", [.text("a", isFinal: false), .text("b")]),
        .broken("bytes in a text", [.text("a", isFinal: false), .binary([1])]),
        Conversation(
            "5.19 pings in a message of five fragments",
            [
                .text("1", isFinal: false), .more([0x32]), .ping([1]), .more([0x33]), .more([0x34]), .ping([2]),
                .more([0x35], isFinal: true),
            ],
            [.pong([1]), .pong([2]), .binary(Array("12345".utf8))]
        ),
        Conversation(
            "empty fragments",
            [.binary([], isFinal: false), .more([]), .more([7]), .more([], isFinal: true)],
            [.binary([7])]
        ),
        Conversation(
            "6.1 nothing but empty fragments",
            [.text([], isFinal: false), .more([]), .more([], isFinal: true)],
            [.binary([])]
        ),
    ]

    @Test(arguments: lengths + framing + pings + reservedBits + opcodes + fragments)
    func `a server answers as the suite expects`(conversation: Conversation) throws {
        try conversation.check()
    }

    // MARK: 9, sizes

    /// A mask of equal bytes: it takes a debug build seconds to mask that many by others.
    @Test func `a message of 16 MiB is sent back`() throws {
        let count = 16 << 20
        var header = RawFrame(opcode: 2, mask: [0x37, 0x37, 0x37, 0x37], announced: UInt64(count)).bytes
        header += [UInt8](repeating: 0xFE ^ 0x37, count: count)
        let rig = try WebSocketRig()
        try rig.feed(header, piece: 65536)
        #expect(try rig.answers() == [.binary([UInt8](repeating: 0xFE, count: count))])
    }

    @Test(arguments: [64, 4096, 65536])
    func `messages of a megabyte come in fragments`(size: Int) throws {
        let rig = try WebSocketRig()
        let block = [UInt8](repeating: 0x2A, count: size)
        let total = size == 64 ? 1 << 16 : 1 << 20
        try rig.feed(.text(block, isFinal: false))
        for _ in 1..<total / size { try rig.feed(.more(block)) }
        try rig.feed(.more([], isFinal: true))
        #expect(try rig.answers() == [.binary([UInt8](repeating: 0x2A, count: total))])
    }

    // MARK: Limits

    static let limits: [Conversation] = {
        var options = WebSocketOptions.forTests()
        options.largestMessage = 10
        let large: [Conversation] = [
            Conversation("at the limit", [.binary(block(10))], [.binary(block(10))]),
            .broken("over the limit", [.binary(block(11))], code: 1009),
            Conversation(
                "at the limit in fragments",
                [.binary(block(5), isFinal: false), .more(block(5), isFinal: true)],
                [.binary(block(10))]
            ),
            .broken(
                "over the limit in fragments",
                [.binary(block(5), isFinal: false), .more(block(6), isFinal: true)],
                code: 1009
            ),
            .broken("over the limit by what is only announced", [RawFrame(opcode: 2, announced: 2 << 30)], code: 1009),
            Conversation("a ping over the limit", [.ping(block(100))], [.pong(block(100))]),
            .broken("a ping over both", [.ping(block(126))]),
            Conversation(
                "limit for each message",
                [.binary(block(10)), .binary(block(10))],
                [.binary(block(10)), .binary(block(10))]
            ),
        ]
        return large.map { conversation in
            var conversation = conversation
            conversation.options = options
            return conversation
        }
    }()

    static let refusedText: [Conversation] = {
        var options = WebSocketOptions.forTests()
        options.textMessages = .refuse
        let texts: [Conversation] = [
            .broken("text", [.binary([1]), .text("a")], after: [.binary([1])], code: 1003),
            .broken("empty text", [.text("")], code: 1003),
            .broken("text in fragments", [.text("a", isFinal: false)], code: 1003),
            Conversation("bytes", [.binary([0xFF])], [.binary([0xFF])]),
        ]
        return texts.map { conversation in
            var conversation = conversation
            conversation.options = options
            return conversation
        }
    }()

    @Test(arguments: limits + refusedText)
    func `a server keeps the limits of its listener`(conversation: Conversation) throws {
        try conversation.check()
    }
}
