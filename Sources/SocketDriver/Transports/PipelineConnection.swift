// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import DequeModule
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
    private var isReading = false
    /// Messages that were decoded while nobody read, from what the peer had sent before: a pipeline cannot take a read
    /// back.
    private var unread = Deque<ByteBuffer>()
    /// Messages of this read that nobody was told of yet.
    private var joined = JoinedMessages()
    /// How the pipeline ended, while there is something unread before it.
    private var unreadEnd: [Disconnect] = []
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
    }

    /// Takes its place behind the handlers that were added. False for a pipeline that does not live to be used.
    func open() -> Bool {
        channel.setAutoRead(false)
        channel.options.allowRemoteHalfClosure = true
        let driver = socket.driver
        channel.whenClosed = { driver.connectionClosed() }
        channel.whenUnblocked = { [unowned self] in if isFlushed, phase != .closed { socket.becameWritable() } }
        guard (try? channel.pipeline.syncOperations.addHandler(self)) != nil else {
            channel.whenClosed = {}
            channel.close0(error: ChannelError.ioOnClosedChannel, mode: .all, promise: nil)
            return false
        }
        if channel.phase == .unregistered { channel.register0(promise: nil) }
        if !channel.isActive {
            channel.whenClosed = {}
            return false
        }
        phase = .open
        return true
    }

    static func text(of error: any Error) -> String {
        switch error {
        case let error as IOError: SystemCalls.text(of: error.errnoCode)
        case let error as SystemError: error.text
        default: "\(error)"
        }
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

    var isFlushed: Bool { flushesUnderWay == 0 && noted.isEmpty && !channel.stream.isBlocked }

    var local: String { channel.isActive ? SystemAddress(boundTo: channel.descriptor)?.text ?? "" : "" }

    var tls: ConnectionFacts.TLS? { channel.stream.tls?.facts }

    var joinsMessages: Bool { false }

    func setReading(_ wanted: Bool) {
        isReading = wanted
        if wanted, !unread.isEmpty || !unreadEnd.isEmpty {
            // In a pass of its own: the caller may be in the middle of something.
            socket.loop.execute { self.passOnUnread() }
        }
        if channel.isActive { channel.setAutoRead(wanted) }
    }

    private func passOnUnread() {
        while isReading, phase != .closed, let message = unread.popFirst() {
            message.withUnsafeReadableBytes { socket.received($0) }
        }
        guard isReading, unread.isEmpty else { return }
        for disconnect in exchange(&unreadEnd, with: []) { socket.disconnected(disconnect) }
    }

    func setNoDelay() {
        if channel.isActive { try? channel.setNoDelay(true) }
    }

    var undelivered: Int {
        guard channel.isActive else { return 0 }
        return SystemCalls.undelivered(channel.descriptor) + (isFlushed ? 0 : max(channel.pending.bytes, 1))
    }

    /// In order handlers have a second to end their protocol, and the peer is told that the node ends, if it does.
    func close(inOrder: Bool) {
        let hasEnded = phase == .ended
        phase = .closed
        noted = []
        unread = []
        joined = JoinedMessages()
        channel.whenUnblocked = {}
        let endsInOrder = inOrder && !hasEnded && !socket.driver.open.isClosing && channel.isActive && isFlushed
        channel.lingers = endsInOrder
        guard endsInOrder else { return closeNow() }
        if socket.machine.awaitsDelivery {
            channel.pipeline.syncOperations.triggerUserOutboundEvent(
                WebSocketCloseRequest(code: .goingAway),
                promise: nil
            )
        }
        channel.pipeline.syncOperations.close(promise: nil)
        if channel.phase != .closed { socket.loop.schedule(after: Self.closingTime) { self.closeNow() } }
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
        let message = unwrapInboundIn(data)
        let joins = socket.joins(message.readableBytes)
        if !joins || joined.isFull { joined.pass(to: socket) }
        // Whoever got them may have enough.
        guard isReading, unread.isEmpty else { return unread.append(message) }
        if joins { joined.append(message) } else { message.withUnsafeReadableBytes { socket.received($0) } }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !joined.isEmpty { joined.pass(to: socket) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if phase == .open || phase == .ended, channel.isWritable { socket.becameWritable() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard phase == .open, case .inputClosed? = event as? ChannelEvent else { return }
        end(.endOfStream)
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard phase == .open else { return }
        end(.endOfStream)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch phase {
        case .open, .ended: end(.readFailed(Self.text(of: error)), .hungUp)
        case .opening, .closed: break
        }
    }

    /// What was said before is heard before.
    private func end(_ disconnects: Disconnect...) {
        joined.pass(to: socket)
        phase = .ended
        if unread.isEmpty {
            for disconnect in disconnects { socket.disconnected(disconnect) }
        } else {
            unreadEnd += disconnects
        }
    }
}
