// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore
internal import NIOHTTP1
internal import NIOWebSocket

/// Makes WebSockets of a listener's connections: answers the one HTTP request of each, and is gone.
final class WebSocketServer: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    /// Is told once, on the loop.
    typealias Completion = (Result<WebSocketUpgrade, WebSocketRefusal>) -> Void

    private enum Phase {
        case waiting
        case accepted(HTTPRequestHead, WebSocketUpgrade)
        case upgrading
        case refused(WebSocketRefusal)
        case done
    }

    private let handlers: UpgradeHandlers
    private let request: UpgradeRequest
    private var phase = Phase.waiting
    private var completed: Completion?

    private static let largestHeaderCount = 100

    private init(_ handlers: UpgradeHandlers, _ request: UpgradeRequest, _ completed: @escaping Completion) {
        self.handlers = handlers
        self.request = request
        self.completed = completed
    }

    /// Adds to a channel what it takes to become a WebSocket.
    ///
    /// When that has happened, `completed` gets the facts before the first message, and may add the handler of messages:
    /// a `ByteBuffer` for each, in both directions. When the request is refused it gets the reason once the answer has
    /// left; the channel is closed then. It also hears of a channel that closes before. How long a client may take is
    /// not decided here.
    ///
    /// - Parameter request: What must be asked for.
    static func configure(
        _ channel: any Channel,
        _ request: UpgradeRequest,
        completed: @escaping Completion
    ) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldCount = largestHeaderCount
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        let handlers = UpgradeHandlers(encoder: HTTPResponseEncoder(), decoder: ByteToMessageHandler(decoder))
        try handlers.add(to: channel)
        try channel.pipeline.syncOperations.addHandler(WebSocketServer(handlers, request, completed))
    }

    private func complete(_ result: Result<WebSocketUpgrade, WebSocketRefusal>) {
        phase = .done
        completed.take()?(result)
    }
}

// MARK: - In

extension WebSocketServer {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .waiting = phase, case .head(let head) = unwrapInboundIn(data) else { return }
        do throws(WebSocketRefusal) {
            phase = .accepted(head, try request.check(head))
        } catch {
            refuse(error, context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case HTTPHeadGate.Event.headEnded: headEnded(context)
        case HTTPHeadGate.Event.excess(.firstLine):
            refuse(WebSocketRefusal(.requestLineTooLong, "its request line had no end"), context)
        case HTTPHeadGate.Event.excess(.headers):
            refuse(WebSocketRefusal(.headersTooLarge, "its headers had no end"), context)
        case ChannelEvent.inputClosed:
            // An answer is on its way to one that was refused.
            if case .refused = phase { return }
            complete(.failure(WebSocketRefusal(.disconnected, "the client went before it was a WebSocket")))
            context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        // That a request is not complete is no news of a client who is gone.
        case is HTTPParserError where !context.channel.isActive: break
        case HTTPParserError.invalidVersion:
            refuse(WebSocketRefusal(.wrongHTTPVersion, "it was not HTTP/1.1"), context)
        case HTTPParserError.headerOverflow:
            refuse(WebSocketRefusal(.headersTooLarge, "it had too many headers"), context)
        case is HTTPParserError: refuse(WebSocketRefusal(.notHTTP, "it was not HTTP"), context)
        case is ByteToMessageDecoderError: break
        default:
            complete(.failure(WebSocketRefusal(.disconnected, PipelineConnection.text(of: error))))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .refused(let refusal) = phase {
            complete(.failure(refusal))
        } else {
            complete(.failure(WebSocketRefusal(.disconnected, "the client went before it was a WebSocket")))
        }
        context.fireChannelInactive()
    }

    private func headEnded(_ context: ChannelHandlerContext) {
        switch phase {
        case .accepted(let head, let upgrade): accept(head, upgrade, context)
        case .waiting: refuse(WebSocketRefusal(.notHTTP, "it was not HTTP"), context)
        case .upgrading, .refused, .done: break
        }
    }
}

// MARK: - The answer

extension WebSocketServer {
    private func accept(_ head: HTTPRequestHead, _ upgrade: WebSocketUpgrade, _ context: ChannelHandlerContext) {
        phase = .upgrading
        var headers = HTTPHeaders()
        if let name = upgrade.facts.subprotocol { headers.add(name: "Sec-WebSocket-Protocol", value: name) }
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { [headers] channel, _ in channel.eventLoop.makeSucceededFuture(headers) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
        )
        upgrader.buildUpgradeResponse(channel: context.channel, upgradeRequest: head, initialResponseHeaders: [:])
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let headers): self.answer(headers, upgrade, context)
                case .failure(let error): self.refuse(WebSocketRefusal(.badKey, "\(error)"), context)
                }
            }
    }

    private func answer(_ headers: HTTPHeaders, _ upgrade: WebSocketUpgrade, _ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        handlers.giveWay(in: context.channel, with: self, side: .server, options: request.options) {
            self.complete(.success(upgrade))
        }
    }

    private func refuse(_ refusal: WebSocketRefusal, _ context: ChannelHandlerContext) {
        switch phase {
        case .waiting, .accepted, .upgrading: break
        case .refused, .done: return
        }
        phase = .refused(refusal)
        handlers.gate.shut()
        let body = ByteBuffer(string: "no WebSocket: \(refusal.sentence)\n")
        var headers = refusal.reason.headers
        headers.add(name: "Connection", value: headers.contains(name: "Upgrade") ? "Upgrade, close" : "close")
        headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
        headers.add(name: "Content-Length", value: "\(body.readableBytes)")
        let status = refusal.reason.status ?? .badRequest
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in
            // First the reason: of a channel that has closed nobody would ask for one.
            self.complete(.failure(refusal))
            UpgradeHandlers.close(context)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
    }
}
