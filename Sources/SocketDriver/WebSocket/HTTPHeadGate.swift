// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore

/// The first handler of a channel that is to be upgraded: gives the HTTP parser the head of one message, within limits,
/// and keeps what follows for the frame decoder.
///
/// NIO's own machinery leaves that to the parser, who decides by its own reading of the headers where HTTP ends; ours of
/// the same headers must not differ from it in any letter then. Here the blank line decides.
final class HTTPHeadGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// What the handler behind the parser hears besides what the parser says.
    enum Event {
        /// All of the head has been parsed.
        case headEnded
        case excess(HTTPHeadScan.Excess)
    }

    private enum Phase {
        case scanning
        /// What comes is kept.
        case holding
        /// What comes is dropped.
        case shut
    }

    private var phase = Phase.scanning
    private var scan = HTTPHeadScan()
    private var held = ByteBuffer()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch phase {
        case .shut: break
        case .holding: held.writeBuffer(&bytes)
        case .scanning:
            let size = scan.scan(bytes.readableBytesView)
            let head = bytes.readSlice(length: size)!
            if scan.isComplete {
                phase = .holding
                held = bytes
            }
            if let excess = scan.excess {
                shut()
                context.fireUserInboundEventTriggered(Event.excess(excess))
                return
            }
            context.fireChannelRead(wrapInboundOut(head))
            if scan.isComplete { context.fireUserInboundEventTriggered(Event.headEnded) }
        }
    }

    /// Refuses all that comes.
    func shut() {
        phase = .shut
        held = ByteBuffer()
    }

    /// Hands what was kept to the handlers that are there by now, and goes.
    func open(context: ChannelHandlerContext) {
        let bytes = held
        shut()
        guard bytes.readableBytes > 0 else {
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
            return
        }
        context.fireChannelRead(wrapInboundOut(bytes))
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}
