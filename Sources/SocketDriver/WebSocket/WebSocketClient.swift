// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// Makes a WebSocket of an outgoing connection: asks for it, checks the answer, and is gone.
final class WebSocketClient: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart
    typealias Completion = WebSocketServer.Completion

    private enum Phase {
        case waiting
        case accepted(WebSocketUpgrade)
        case done
    }

    private let handlers: UpgradeHandlers
    private let answer: UpgradeAnswer
    private var request: HTTPRequestHead?
    private var phase = Phase.waiting
    private var completed: Completion?

    private init(
        _ handlers: UpgradeHandlers,
        _ answer: UpgradeAnswer,
        _ request: HTTPRequestHead,
        _ completed: @escaping Completion
    ) {
        self.handlers = handlers
        self.answer = answer
        self.request = request
        self.completed = completed
    }

    /// Adds to a channel what it takes to become a WebSocket; the request leaves as soon as the channel is active. About
    /// `completed` see ``WebSocketServer``. Throws a ``WebSocketRefusal`` when there is no asking for such an endpoint.
    static func configure(
        _ channel: any Channel,
        endpoint: Endpoint,
        options: WebSocketOptions,
        completed: @escaping Completion
    ) throws {
        let key = NIOWebSocketClientUpgrader.randomRequestKey()
        let answer = UpgradeAnswer(key: key, resource: endpoint.resource, options: options)
        let request = try answer.request(
            host: endpoint.host,
            port: endpoint.port,
            isEncrypted: endpoint.scheme.isEncrypted
        )
        let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)
        let handlers = UpgradeHandlers(encoder: HTTPRequestEncoder(), decoder: ByteToMessageHandler(decoder))
        try handlers.add(to: channel)
        try channel.pipeline.syncOperations.addHandler(WebSocketClient(handlers, answer, request, completed))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { ask(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        ask(context)
        context.fireChannelActive()
    }

    private func ask(_ context: ChannelHandlerContext) {
        guard let head = request.take() else { return }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .waiting = phase, case .head(let head) = unwrapInboundIn(data) else { return }
        do throws(WebSocketRefusal) {
            phase = .accepted(try answer.check(head))
        } catch {
            fail(error, context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case HTTPHeadGate.Event.headEnded: headEnded(context)
        case HTTPHeadGate.Event.excess:
            fail(WebSocketRefusal(.badAnswer, "the head of the server's answer had no end"), context)
        case ChannelEvent.inputClosed: fail(Self.disconnected, context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is HTTPParserError: fail(WebSocketRefusal(.badAnswer, "the server's answer was not HTTP"), context)
        case is ByteToMessageDecoderError: break
        default: fail(WebSocketRefusal(.disconnected, PipelineConnection.text(of: error)), context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        complete(.failure(Self.disconnected))
        context.fireChannelInactive()
    }

    private func headEnded(_ context: ChannelHandlerContext) {
        switch phase {
        case .waiting: fail(WebSocketRefusal(.badAnswer, "the server's answer was not an HTTP response"), context)
        case .accepted(let upgrade):
            handlers.giveWay(in: context.channel, with: self, side: .client, options: answer.options) {
                self.complete(.success(upgrade))
            }
        case .done: break
        }
    }

    private func fail(_ refusal: WebSocketRefusal, _ context: ChannelHandlerContext) {
        if case .done = phase { return }
        phase = .done
        handlers.gate.shut()
        // Closing tells of the end, which is not why it came to nothing.
        let completed = completed.take()
        // First the reason: of a channel that has closed nobody would ask for one.
        completed?(.failure(refusal))
        context.close(promise: nil)
    }

    private func complete(_ result: Result<WebSocketUpgrade, WebSocketRefusal>) {
        phase = .done
        completed.take()?(result)
    }

    private static let disconnected = WebSocketRefusal(.disconnected, "the server went before it was a WebSocket")
}
