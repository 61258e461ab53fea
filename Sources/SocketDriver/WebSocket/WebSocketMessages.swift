// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore
internal import NIOWebSocket

/// Messages on the socket's side, frames on the other; between the two everything that RFC 6455 wants besides.
///
/// A message of the socket leaves as one binary frame. Closing the channel begins the closing handshake, and the channel
/// closes when the peer has answered or a second has passed; who must not wait closes the channel past its pipeline. A
/// peer that breaks a rule gets a close frame that says which, and the handlers behind get the ``WebSocketViolation``.
final class WebSocketMessages: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    let side: FrameRules.Side
    private let pingInterval: UInt64
    private var silence: PeerSilence?
    /// For the next look at a silent peer, or the end of the time for one that does not close.
    private var timer: LoopTimer?

    /// The fragments of a message whose last one has not come.
    private var fragments: ByteBuffer?
    var hasUnflushed = false
    /// What the last ping asked for while the peer did not read its answers: only the last is owed.
    private var owedPong: ByteBuffer?
    var handshake = ClosingHandshake()
    /// Of the one who closed the channel.
    var closePromise: EventLoopPromise<Void>?

    /// Nanoseconds that a peer has to close its side.
    static let closingTime: UInt64 = 1_000_000_000

    init(side: FrameRules.Side, pingInterval: UInt64) {
        self.side = side
        self.pingInterval = pingInterval
    }

    /// Adds all that a channel needs once its upgrade is done, behind what it has.
    static func addHandlers(to channel: any Channel, side: FrameRules.Side, options: WebSocketOptions) throws {
        let rules = FrameRules(
            side: side,
            largestMessage: options.largestMessage,
            textMessages: options.textMessages
        )
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(WebSocketFrameEncoder())
        try pipeline.addHandler(ByteToMessageHandler(WebSocketFrames(rules)))
        try pipeline.addHandler(WebSocketMessages(side: side, pingInterval: options.pingInterval))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard pingInterval > 0 else { return }
        let now = Self.now(context)
        silence = PeerSilence(interval: pingInterval, at: now)
        lookAtPeer(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { letGo() }

    func channelInactive(context: ChannelHandlerContext) {
        letGo()
        context.fireChannelInactive()
    }

    private func letGo() {
        timer?.cancel()
        timer = nil
        fragments = nil
        owedPong = nil
        closePromise.take()?.succeed(())
    }

    static func now(_ context: ChannelHandlerContext) -> UInt64 { context.eventLoop.now.uptimeNanoseconds }
}

// MARK: - In

extension WebSocketMessages {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .ping: pong(frame.unmaskedData, context)
        case .pong: break
        case .connectionClose:
            var payload = frame.unmaskedData
            let code = payload.readInteger(as: UInt16.self).map(WebSocketCloseCode.init(rawValue:))
            perform(handshake.peerClosed(code), context)
        default: join(frame, context)
        }
    }

    private func join(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        var payload = frame.unmaskedData
        if var message = fragments.take() {
            message.writeBuffer(&payload)
            if !frame.fin {
                fragments = message
                return
            }
            payload = message
        } else if !frame.fin {
            // A copy: the frame may be a small part of all that was read with it.
            fragments = context.channel.allocator.buffer(bytes: payload.readableBytesView)
            return
        }
        context.fireChannelRead(wrapInboundOut(payload))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        silence?.heard(at: Self.now(context))
        if hasUnflushed {
            hasUnflushed = false
            context.flush()
        }
        context.fireChannelReadComplete()
        // The socket may have stopped reading; what it waits for now is the end.
        if !handshake.isOpen { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if !handshake.isOpen, case .inputClosed? = event as? ChannelEvent {
            end(context)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let violation as WebSocketViolation: fail(violation, context)
        // What comes behind the frame that was wrong.
        case is ByteToMessageDecoderError: break
        default: context.fireErrorCaught(error)
        }
    }

    private func fail(_ violation: WebSocketViolation, _ context: ChannelHandlerContext) {
        perform(handshake.violated(violation), context)
        context.fireErrorCaught(violation)
    }
}

// MARK: - Out

extension WebSocketMessages {
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard handshake.isOpen else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        context.write(frame(.binary, unwrapOutboundIn(data)), promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, let payload = owedPong.take() {
            pong(payload, context)
            hasUnflushed = false
            context.flush()
        }
        context.fireChannelWritabilityChanged()
    }

    func frame(_ opcode: WebSocketOpcode, _ payload: ByteBuffer) -> NIOAny {
        let mask = side == .client ? WebSocketMaskingKey.random() : nil
        return wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, maskKey: mask, data: payload))
    }

    private func pong(_ payload: ByteBuffer, _ context: ChannelHandlerContext) {
        guard handshake.isOpen else { return }
        guard context.channel.isWritable else {
            owedPong = payload
            return
        }
        context.write(frame(.pong, payload), promise: nil)
        hasUnflushed = true
    }

    private func lookAtPeer(_ context: ChannelHandlerContext) {
        guard handshake.isOpen, var silence else { return }
        let now = Self.now(context)
        // Nobody can say that he is there while nobody listens to him.
        let isListening = (try? context.channel.syncOptions?.getOption(.autoRead)) ?? true
        if !isListening { silence.heard(at: now) }
        let action = silence.look(at: now)
        self.silence = silence
        switch action {
        case .wait(let time): setTimer(at: time, context) { $0.lookAtPeer(context) }
        case .ping(let time):
            setTimer(at: time, context) { $0.lookAtPeer(context) }
            guard context.channel.isWritable else { return }
            context.writeAndFlush(frame(.ping, ByteBuffer()), promise: nil)
        case .gone: fail(.silence, context)
        }
    }

    func setTimer(
        at time: UInt64,
        _ context: ChannelHandlerContext,
        _ body: @escaping (WebSocketMessages) -> Void
    ) {
        timer?.cancel()
        timer = LoopTimer(at: time, on: context.eventLoop) { body(self) }
    }
}
