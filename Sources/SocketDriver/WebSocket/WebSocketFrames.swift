// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore
internal import NIOWebSocket

/// Turns the bytes of a peer into frames that are complete and right; the first that is not is an error, and nothing is
/// read behind it, nor behind a close frame.
final class WebSocketFrames: ByteToMessageDecoder {
    typealias InboundOut = WebSocketFrame

    private var rules: FrameRules
    private let decoder: WebSocketFrameDecoder
    private var isFinished = false

    init(_ rules: FrameRules) {
        self.rules = rules
        // The rules know the limit; the decoder gets nothing that they have not passed.
        decoder = WebSocketFrameDecoder(maxFrameSize: Int(UInt32.max))
    }

    func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard !isFinished else { return dropAll(of: &buffer) }
        do {
            guard try buffer.withUnsafeReadableBytes({ try rules.inspect($0) }) != nil else { return .needMoreData }
        } catch {
            isFinished = true
            _ = dropAll(of: &buffer)
            throw error
        }
        if let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self), first & 0x0F == 0x08 {
            isFinished = true
        }
        return try decoder.decode(context: context, buffer: &buffer)
    }

    /// The beginning of a frame whose rest will not come is dropped.
    func decodeLast(
        context: ChannelHandlerContext,
        buffer: inout ByteBuffer,
        seenEOF: Bool
    ) throws -> DecodingState {
        while buffer.readableBytes > 0, case .continue = try decode(context: context, buffer: &buffer) {}
        return dropAll(of: &buffer)
    }

    private func dropAll(of buffer: inout ByteBuffer) -> DecodingState {
        buffer.moveReaderIndex(to: buffer.writerIndex)
        return .needMoreData
    }
}
