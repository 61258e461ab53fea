// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore
import NIOEmbedded
import Testing

@testable import SocketDriver

/// The end of a connection: part 7 of the Autobahn suite, and what the suite cannot see.
@Suite struct WebSocketClosingTests {
    // MARK: By the peer

    static let orderly: [Conversation] = [
        Conversation(
            "7.1.1 message and close",
            [.text("a"), .close(1000)],
            [.binary([0x61]), .close(1000)],
            ends: true
        ),
        Conversation("7.1.2 two close frames", [.close(1000), .close(1000)], [.close(1000)], ends: true),
        Conversation("7.1.3 ping behind close", [.close(1000), .ping()], [.close(1000)], ends: true),
        Conversation("7.1.4 message behind close", [.close(1000), .text("a")], [.close(1000)], ends: true),
        Conversation(
            "7.1.5 close in a message",
            [.text("a", isFinal: false), .close(1000), .more([1], isFinal: true)],
            [.close(1000)],
            ends: true
        ),
        Conversation("7.3.1 no code", [.close()], [.close(nil)], ends: true),
        .broken("7.3.2 half a code", [RawFrame(opcode: 8, payload: [3])]),
        Conversation("7.3.4 reason", [.close(1000, Array("Hello World!".utf8))], [.close(1000)], ends: true),
        Conversation(
            "7.3.5 the longest reason",
            [.close(1000, [UInt8](repeating: 0x2A, count: 123))],
            [.close(1000)],
            ends: true
        ),
        .broken("7.3.6 a longer reason", [.close(1000, [UInt8](repeating: 0x2A, count: 124))]),
        .broken("7.5.1 reason that is not text", [.close(1000, [0xCE, 0xBA, 0xED, 0xA0, 0x80])], code: 1007),
        .broken("reason that ends within a character", [.close(1000, [0xCE])], code: 1007),
    ]

    static let good =
        ([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] as [UInt16])
        .map { Conversation("7.7 code \($0)", [.close($0)], [.close($0)], ends: true) }
    static let bad = ([0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] as [UInt16])
        .map { Conversation.broken("7.9 code \($0)", [.close($0)]) }

    @Test(arguments: orderly + good + bad)
    func `a server answers a close frame as the suite expects`(conversation: Conversation) throws {
        try conversation.check()
    }

    @Test func `a violation is told to the handlers behind, once`() throws {
        let rig = try WebSocketRig()
        try rig.feed(.more([1], isFinal: true), .more([1], isFinal: true), RawFrame(opcode: 7))
        #expect(rig.sink.violations == [.unexpectedContinuation])
        #expect(rig.sink.errors.count == 1)
    }

    @Test func `a stream that ends within a frame is no error`() throws {
        let rig = try WebSocketRig()
        try rig.feed(Array(RawFrame.binary([1, 2, 3]).bytes.dropLast()))
        rig.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        rig.channel.close(promise: nil)
        rig.pass(seconds: 1)
        #expect(rig.sink.errors.isEmpty)
    }

    // MARK: By this side

    @Test func `close says 1000 and waits for the answer`() throws {
        let rig = try WebSocketRig()
        let closed = rig.channel.close()
        #expect(try rig.answers() == [.close(1000)])
        #expect(rig.channel.isActive)
        try rig.feed(.binary([1]), .close(1000), .binary([2]))
        #expect(!rig.channel.isActive)
        #expect(rig.sink.messages == 1)
        #expect(try rig.answers().isEmpty)
        try closed.wait()
    }

    @Test func `close waits a second and not longer`() throws {
        let rig = try WebSocketRig()
        let closed = rig.channel.close()
        let again = rig.channel.close()
        try rig.feed(.ping())
        rig.channel.embeddedEventLoop.advanceTime(by: .milliseconds(999))
        #expect(rig.channel.isActive)
        rig.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(!rig.channel.isActive)
        #expect(try rig.answers() == [.close(1000)])
        try closed.wait()
        try again.wait()
    }

    @Test func `nothing is sent behind a close frame`() throws {
        let rig = try WebSocketRig()
        try rig.channel.close(mode: .output).wait()
        #expect(throws: ChannelError.outputClosed) { try rig.channel.writeOutbound(ByteBuffer(bytes: [1])) }
        #expect(throws: ChannelError.outputClosed) { try rig.channel.close(mode: .output).wait() }
        #expect(try rig.answers() == [.close(1000)])
        try rig.feed(.close(1000))
        #expect(!rig.channel.isActive)
    }

    @Test func `a node that ends says so`() throws {
        let rig = try WebSocketRig()
        try rig.channel.triggerUserOutboundEvent(WebSocketCloseRequest(code: .goingAway)).wait()
        #expect(try rig.answers() == [.close(1001)])
        rig.channel.close(promise: nil)
        #expect(try rig.answers().isEmpty)
        try rig.feed(.close(1001))
        #expect(!rig.channel.isActive)
    }

    @Test func `a peer that ends its stream in the middle of closing is not waited for`() throws {
        let rig = try WebSocketRig()
        rig.channel.close(promise: nil)
        rig.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!rig.channel.isActive)
    }

    @Test func `a peer that breaks a rule in the middle of closing is not waited for`() throws {
        let rig = try WebSocketRig()
        rig.channel.close(promise: nil)
        try rig.feed(RawFrame(opcode: 7))
        #expect(!rig.channel.isActive)
        #expect(try rig.answers() == [.close(1000)])
    }

    // MARK: A client

    @Test func `a client masks what it sends, each frame anew`() throws {
        let rig = try WebSocketRig(.client)
        try rig.feed(RawFrame.ping([5]).unmasked(), RawFrame.binary([1, 2, 3, 4, 5]).unmasked())
        #expect(try rig.answers() == [.pong([5]), .binary([1, 2, 3, 4, 5])])
        var masks = Set<[UInt8]>()
        for _ in 0..<8 {
            try rig.channel.writeOutbound(ByteBuffer(bytes: [0, 0, 0, 0]))
            var bytes: [UInt8] = []
            while let buffer = try rig.channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
            masks.insert(Array(bytes[2..<6]))
            #expect(bytes[2..<6] == bytes[6..<10])
        }
        #expect(masks.count > 6)
    }

    @Test func `a client does not let a server mask`() throws {
        let rig = try WebSocketRig(.client)
        try rig.feed(.binary([1]))
        #expect(try rig.answers() == [.close(1002)])
        #expect(rig.sink.violations == [.maskedFrame])
    }

    @Test func `a client leaves it to the server to close the connection`() throws {
        let rig = try WebSocketRig(.client)
        try rig.feed(RawFrame.close(1001).unmasked())
        #expect(try rig.answers() == [.close(1001)])
        #expect(rig.channel.isActive)
        rig.pass(seconds: 1)
        #expect(!rig.channel.isActive)
        let other = try WebSocketRig(.client)
        other.channel.close(promise: nil)
        try other.feed(RawFrame.close(1000).unmasked())
        #expect(other.channel.isActive)
        other.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(!other.channel.isActive)
    }

    // MARK: Silence

    private func silentRig(_ seconds: UInt64) throws -> WebSocketRig {
        try WebSocketRig(.server, .forTests { $0.pingInterval = seconds * 1_000_000_000 })
    }

    @Test func `a silent peer is pinged, and gone when it is silent for as long again`() throws {
        let rig = try silentRig(10)
        rig.pass(seconds: 9)
        #expect(try rig.answers().isEmpty)
        rig.pass(seconds: 1)
        #expect(try rig.answers() == [.ping([])])
        rig.pass(seconds: 9)
        #expect(try rig.answers().isEmpty)
        rig.pass(seconds: 1)
        #expect(try rig.answers() == [.close(1001)])
        #expect(rig.sink.violations == [.silence])
        #expect(!rig.channel.isActive)
    }

    @Test func `whatever a peer says puts the next ping off`() throws {
        let rig = try silentRig(10)
        rig.pass(seconds: 10)
        try rig.feed(.pong())
        rig.pass(seconds: 9)
        try rig.feed([0x82])
        rig.pass(seconds: 9)
        #expect(try rig.answers() == [.ping([])])
        rig.pass(seconds: 1)
        #expect(try rig.answers() == [.ping([])])
        #expect(rig.channel.isActive)
    }

    @Test func `without an interval nobody is pinged`() throws {
        let rig = try silentRig(0)
        rig.pass(seconds: 1_000_000)
        #expect(try rig.answers().isEmpty)
        #expect(rig.channel.isActive)
    }

    @Test func `an interval may be longer than time lasts`() {
        var silence = PeerSilence(interval: .max, at: 5)
        guard case .wait = silence.look(at: .max / 8) else {
            Issue.record("it was pinged")
            return
        }
    }

    // MARK: Back-pressure

    @Test func `a peer that does not read is owed the last pong only`() throws {
        let rig = try WebSocketRig()
        rig.channel.isWritable = false
        for count in 0..<100 { try rig.feed(.ping([UInt8(count)])) }
        #expect(try rig.answers().isEmpty)
        rig.channel.isWritable = true
        rig.channel.pipeline.fireChannelWritabilityChanged()
        #expect(try rig.answers() == [.pong([99])])
    }
}
