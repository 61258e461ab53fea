// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import NIOCore

/// A connection that is a NIO pipeline: it is the last handler, where messages are whole and in the clear.
final class PipelineConnection: Connection, ChannelInboundHandler, @unchecked Sendable {
    // Sendable: the channel and the socket are constants, and the rest is touched by the holder of the loop only.
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case opening
        case open
        /// The pipeline has told its end, or failed.
        case ended
        /// The socket wants to hear no more.
        case closed
    }

    private let channel: SocketChannel
    private let socket: StreamSocket
    private var phase = Phase.opening
    /// Why it failed before it was open.
    private var failure: (any Error)?
    /// Messages that were taken and not given to the pipeline: that must not happen under the socket's lock.
    private var noted: [ByteBuffer] = []
    private var notedBytes = 0
    /// Flushes whose last message has not left.
    private var flushesUnderWay = 0

    /// The most bytes noted before the pipeline gets them.
    private static let batch = 64 << 10
    /// Nanoseconds that handlers have to end their protocol.
    private static let closingTime: UInt64 = 1_000_000_000

    init(_ channel: SocketChannel, of socket: StreamSocket) {
        self.channel = channel
        self.socket = socket
        channel.options.autoRead = false
        channel.options.allowRemoteHalfClosure = true
    }

    /// Takes its place behind the handlers that were added, and begins. Throws what became of a pipeline that does not
    /// live to be used.
    func open() throws {
        try channel.pipeline.syncOperations.addHandler(self)
        channel.register0(promise: nil)
        if let failure { throw failure }
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        phase = .open
        let driver = socket.driver
        channel.whenClosed = { driver.connectionClosed() }
    }

    static func text(of error: any Error) -> String {
        if let error = error as? IOError { SystemCalls.text(of: error.errnoCode) } else { "\(error)" }
    }

    // MARK: Connection

    /// Nothing: a pipeline needs messages one by one, and belongs to the holder of the loop, who is asked for it by
    /// this very answer.
    func writeNow(_ bytes: UnsafeRawBufferPointer) -> SystemCalls.WriteOutcome { .wrote(0) }

    func write(_ bytes: ByteBuffer) -> SystemCalls.WriteOutcome {
        guard channel.isActive else { return .failed(EPIPE) }
        guard channel.isWritable, notedBytes < Self.batch else { return .wrote(0) }
        noted.append(bytes)
        notedBytes += bytes.readableBytes
        return .wrote(bytes.readableBytes)
    }

    func flushWrites() -> Bool {
        guard let last = noted.popLast() else { return false }
        let messages = exchange(&noted, with: [])
        notedBytes = 0
        flushesUnderWay += 1
        let promise = socket.loop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in self.flushCompleted() }
        let pipeline = channel.pipeline.syncOperations
        for message in messages { pipeline.write(NIOAny(message), promise: nil) }
        pipeline.writeAndFlush(NIOAny(last), promise: promise)
        return channel.isActive && channel.isWritable
    }

    private func flushCompleted() {
        flushesUnderWay -= 1
        if isFlushed, phase != .closed { socket.becameWritable() }
    }

    var isFlushed: Bool { flushesUnderWay == 0 && noted.isEmpty }

    var joinsMessages: Bool { false }

    func setReading(_ wanted: Bool) {
        if channel.isActive { channel.setAutoRead(wanted) }
    }

    func setNoDelay() {
        if channel.isActive { try? channel.setNoDelay(true) }
    }

    var undelivered: Int {
        guard channel.isActive else { return 0 }
        return SystemCalls.undelivered(channel.descriptor) + (isFlushed ? 0 : max(channel.pending.bytes, 1))
    }

    /// Handlers have a second to end their protocol in order, unless something is dropped anyway.
    func close(inOrder: Bool) {
        phase = .closed
        noted = []
        channel.lingers = inOrder && !socket.driver.open.isClosing
        if channel.isActive, flushesUnderWay == 0 { channel.pipeline.syncOperations.close(promise: nil) }
        guard channel.phase != .closed else { return }
        if flushesUnderWay > 0 || socket.driver.open.isClosing || !channel.isActive {
            closeNow()
        } else {
            socket.loop.schedule(after: Self.closingTime) { self.closeNow() }
        }
    }

    private func closeNow() {
        if channel.phase == .closed { return }
        channel.close0(error: ChannelError.ioOnClosedChannel, mode: .all, promise: nil)
    }
}

// MARK: - ChannelInboundHandler

extension PipelineConnection {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .open else { return }
        unwrapInboundIn(data).withUnsafeReadableBytes { socket.received($0) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if phase == .open || phase == .ended, channel.isWritable { socket.becameWritable() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard phase == .open, case .inputClosed? = event as? ChannelEvent else { return }
        phase = .ended
        socket.disconnected(.endOfStream)
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard phase == .open else { return }
        phase = .ended
        socket.disconnected(.endOfStream)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch phase {
        case .opening: failure = failure ?? error
        case .open, .ended:
            phase = .ended
            socket.disconnected(.readFailed(Self.text(of: error)))
            socket.disconnected(.hungUp)
        case .closed: break
        }
    }
}
