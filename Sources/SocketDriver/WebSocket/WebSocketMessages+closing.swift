// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore
internal import NIOWebSocket

/// The end of a connection, by either side.
extension WebSocketMessages {
    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let request = event as? WebSocketCloseRequest else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        perform(handshake.asked(request.code), context)
        promise?.succeed(())
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard context.channel.isActive else { return context.close(mode: mode, promise: promise) }
        switch mode {
        case .input: context.close(mode: .input, promise: promise)
        case .output:
            guard handshake.isOpen else {
                promise?.fail(ChannelError.outputClosed)
                return
            }
            perform(handshake.asked(.normal), context)
            promise?.succeed(())
        case .all:
            if let earlier = closePromise {
                earlier.futureResult.cascade(to: promise)
            } else {
                closePromise = promise
            }
            perform(handshake.asked(.normal), context)
        }
    }

    func perform(_ action: ClosingHandshake.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .nothing: break
        case .end: end(context)
        case .send(let code):
            waitForPeer(context)
            send(code, context, promise: nil)
        // It is the server who closes the connection under it.
        case .answer(let code) where side == .client:
            waitForPeer(context)
            send(code, context, promise: nil)
        case .finish where side == .client: waitForPeer(context)
        case .finish: end(context)
        case .answer(let code): sendLast(code, context)
        case .fail(let code): sendLast(code, context)
        }
    }

    private func sendLast(_ code: WebSocketCloseCode?, _ context: ChannelHandlerContext) {
        waitForPeer(context)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.end(context) }
        send(code, context, promise: promise)
    }

    private func send(
        _ code: WebSocketCloseCode?,
        _ context: ChannelHandlerContext,
        promise: EventLoopPromise<Void>?
    ) {
        var payload = ByteBuffer()
        if let code { payload.writeInteger(code.rawValue) }
        hasUnflushed = false
        context.writeAndFlush(frame(.connectionClose, payload), promise: promise)
        context.read()
    }

    private func waitForPeer(_ context: ChannelHandlerContext) {
        setTimer(at: Self.now(context) + Self.closingTime, context) { $0.end(context) }
    }

    /// A peer that still sends gets the close frame all the same: see ``LingeringClose``.
    func end(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        (context.channel as? SocketChannel)?.lingers = true
        let promise = closePromise.take()
        context.close(mode: .all, promise: promise)
    }
}
