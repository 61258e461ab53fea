// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore
import NIOEmbedded

@testable import SocketDriver

/// A frame as the peer of a test makes it, right or wrong.
struct RawFrame {
    var opcode: UInt8
    var payload: [UInt8] = []
    var isFinal = true
    var reserved: UInt8 = 0
    var mask: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]
    /// What the header says, if not the truth.
    var announced: UInt64?
    /// Bytes that the length takes, if not the fewest: 0, 2 or 8.
    var lengthSize: Int?

    var bytes: [UInt8] {
        let length = announced ?? UInt64(payload.count)
        let size = lengthSize ?? (length < 126 ? 0 : length <= UInt64(UInt16.max) ? 2 : 8)
        let short = size == 0 ? UInt8(length) : size == 2 ? 126 : 127
        var bytes = [(isFinal ? 0x80 : 0) | reserved << 4 | opcode, (mask == nil ? 0 : 0x80) | short]
        for place in (0..<size).reversed() { bytes.append(UInt8(truncatingIfNeeded: length >> UInt64(8 * place))) }
        guard let mask else { return bytes + payload }
        bytes += mask
        bytes.reserveCapacity(bytes.count + payload.count)
        for (place, byte) in payload.enumerated() { bytes.append(byte ^ mask[place & 3]) }
        return bytes
    }

    static func text(_ text: String, isFinal: Bool = true) -> RawFrame {
        RawFrame(opcode: 1, payload: Array(text.utf8), isFinal: isFinal)
    }
    static func text(_ bytes: [UInt8], isFinal: Bool = true) -> RawFrame {
        RawFrame(opcode: 1, payload: bytes, isFinal: isFinal)
    }
    static func binary(_ bytes: [UInt8], isFinal: Bool = true) -> RawFrame {
        RawFrame(opcode: 2, payload: bytes, isFinal: isFinal)
    }
    static func more(_ bytes: [UInt8], isFinal: Bool = false) -> RawFrame {
        RawFrame(opcode: 0, payload: bytes, isFinal: isFinal)
    }
    static func ping(_ bytes: [UInt8] = []) -> RawFrame { RawFrame(opcode: 9, payload: bytes) }
    static func pong(_ bytes: [UInt8] = []) -> RawFrame { RawFrame(opcode: 10, payload: bytes) }
    static func close(_ code: UInt16? = nil, _ reason: [UInt8] = []) -> RawFrame {
        RawFrame(opcode: 8, payload: (code.map { [UInt8($0 >> 8), UInt8($0 & 255)] } ?? []) + reason)
    }
    func unmasked() -> RawFrame {
        var frame = self
        frame.mask = nil
        return frame
    }
}

/// What the other side of a connection got.
enum Answer: Equatable {
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(UInt16?)
    /// Something that was not expected of us at all.
    case other([UInt8])

    /// Takes the frames of a server or a client apart; incomplete ones are left out.
    static func all(in bytes: [UInt8], masked: Bool = false) -> [Answer] {
        var answers: [Answer] = []
        var rest = bytes[...]
        while rest.count >= 2 {
            let first = rest.removeFirst()
            let second = rest.removeFirst()
            var length = Int(second & 0x7F)
            if length > 125 {
                let size = length == 126 ? 2 : 8
                length = rest.prefix(size).reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(size)
            }
            guard (second & 0x80 != 0) == masked else { return answers + [.other(Array(bytes))] }
            let mask = masked ? Array(rest.prefix(4)) : [0, 0, 0, 0]
            rest = rest.dropFirst(masked ? 4 : 0)
            guard rest.count >= length else { break }
            var payload = Array(rest.prefix(length))
            if masked { for place in payload.indices { payload[place] ^= mask[place & 3] } }
            rest = rest.dropFirst(length)
            answers.append(answer(first, payload))
        }
        return answers
    }

    private static func answer(_ first: UInt8, _ payload: [UInt8]) -> Answer {
        switch first {
        case 0x82: .binary(payload)
        case 0x89: .ping(payload)
        case 0x8A: .pong(payload)
        case 0x88: .close(payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : nil)
        default: .other([first] + payload)
        }
    }
}

/// An upgraded channel in memory, behind which every message is sent back.
final class WebSocketRig {
    let channel = EmbeddedChannel()
    let sink = EchoingSink()
    private let side: FrameRules.Side

    init(_ side: FrameRules.Side = .server, _ options: WebSocketOptions = .forTests()) throws {
        self.side = side
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try WebSocketMessages.addHandlers(to: channel, side: side, options: options)
        try channel.pipeline.syncOperations.addHandler(sink)
    }

    deinit {
        channel.close(promise: nil)
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    /// In pieces of so many bytes.
    func feed(_ bytes: [UInt8], piece: Int = .max) throws {
        var rest = bytes[...]
        while !rest.isEmpty, channel.isActive {
            try channel.writeInbound(ByteBuffer(bytes: rest.prefix(piece)))
            rest = rest.dropFirst(piece)
        }
    }

    func feed(_ frames: RawFrame..., piece: Int = .max) throws {
        try feed(frames.flatMap(\.bytes), piece: piece)
    }

    /// What has left since the last question.
    func answers() throws -> [Answer] {
        var bytes: [UInt8] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return Answer.all(in: bytes, masked: side == .client)
    }

    func pass(seconds: Int64) { channel.embeddedEventLoop.advanceTime(by: .seconds(seconds)) }
}

/// Sends every message back, and notes what else happens.
final class EchoingSink: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var messages = 0
    var errors: [any Error] = []
    var isInactive = false

    var violations: [WebSocketViolation] { errors.compactMap { $0 as? WebSocketViolation } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        messages += 1
        context.writeAndFlush(data, promise: nil)
    }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { errors.append(error) }
    func channelInactive(context: ChannelHandlerContext) { isInactive = true }
}

extension WebSocketOptions {
    static func forTests(_ change: (inout WebSocketOptions) -> Void = { _ in }) -> WebSocketOptions {
        var options = WebSocketOptions()
        options.largestMessage = 16 << 20
        change(&options)
        return options
    }
}
