// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import NIOCore
internal import Synchronization

/// A NIO channel over a connected stream descriptor on one of our loops.
///
/// It begins with ``register0(promise:)``, and is active from then on: there is nothing left to connect. Whoever makes
/// one must see to it that it is closed, or the descriptor stays open.
final class SocketChannel: Channel, ChannelCore, Watcher, @unchecked Sendable {
    // Sendable: constants and atomics are for every thread; what is below `MARK: Loop` is touched by the holder of the
    // loop only, as NIO's channels are touched in their event loop only.
    let loop: SocketLoop
    let stream: ByteStream
    let allocator = ByteBufferAllocator()
    let localAddress: SocketAddress?
    let remoteAddress: SocketAddress?
    let parent: (any Channel)? = nil
    private let closePromise: EventLoopPromise<Void>
    /// Set once, at the end of init.
    private var ownPipeline: ChannelPipeline!
    let active = Atomic<Bool>(false)
    let writable = Atomic<Bool>(true)

    // MARK: Loop

    enum Phase { case unregistered, active, closed }

    enum Output {
        case open
        /// Will be ended when all that was flushed has left.
        case ending(EventLoopPromise<Void>?)
        case ended
    }

    private(set) var phase = Phase.unregistered
    private(set) var token: WatchToken?
    var options = Options()

    /// The kernel said so, and nothing has been read to the end since.
    var isReadable = false
    /// The peer has finished sending, or is gone: a short read is not the last one.
    var isEnding = false
    var isHungUp = false
    var inputIsClosed = false
    /// A read was asked for.
    var readIsPending = false
    /// What is flushed meanwhile leaves in one write afterwards.
    var isReading = false

    var pending = PendingWrites()
    var output = Output.open
    var isWriting = false
    /// The kernel takes no more, and will say when it does.
    var isFull = false
    var watchesWritable = false

    /// Whether the peer gets what was sent also when it sends on itself; see ``LingeringClose``.
    var lingers = false
    /// Called when the descriptor is free, on the loop.
    var whenClosed: () -> Void = {}
    /// Called when the system has all that TLS has sealed, on the loop.
    var whenUnblocked: () -> Void = {}

    /// Takes over a connected descriptor that does not block.
    init(_ stream: ByteStream, on loop: SocketLoop) {
        self.loop = loop
        self.stream = stream
        // A session has perhaps read further than its handshake.
        isReadable = stream.tls != nil
        let descriptor = stream.descriptor
        localAddress = SystemAddress(boundTo: descriptor)?.nioAddress
        remoteAddress = SystemAddress(peerOf: descriptor)?.nioAddress
        closePromise = loop.makePromise()
        ownPipeline = ChannelPipeline(channel: self)
    }

    var descriptor: Int32 { stream.descriptor }
    var eventLoop: any EventLoop { loop }
    var pipeline: ChannelPipeline { ownPipeline }
    var closeFuture: EventLoopFuture<Void> { closePromise.futureResult }
    var isActive: Bool { active.load(ordering: .relaxed) }
    var isWritable: Bool { writable.load(ordering: .relaxed) }
    var _channelCore: any ChannelCore { self }
}

// MARK: - ChannelCore

extension SocketChannel {
    func localAddress0() throws -> SocketAddress {
        guard let localAddress else { throw ChannelError.unknownLocalAddress }
        return localAddress
    }

    func remoteAddress0() throws -> SocketAddress {
        guard let remoteAddress else { throw ChannelError.operationUnsupported }
        return remoteAddress
    }

    func register0(promise: EventLoopPromise<Void>?) {
        loop.assertHeld()
        guard phase == .unregistered else {
            promise?.fail(phase == .closed ? ChannelError.ioOnClosedChannel : .inappropriateOperationForState)
            return
        }
        token = loop.watch(descriptor, self)
        guard token != nil else {
            let error = IOError(errnoCode: errno, reason: "epoll_ctl")
            close0(error: error, mode: .all, promise: nil)
            promise?.fail(error)
            return
        }
        phase = .active
        active.store(true, ordering: .relaxed)
        promise?.succeed(())
        pipeline.syncOperations.fireChannelRegistered()
        guard phase == .active else { return }
        pipeline.syncOperations.fireChannelActive()
        guard phase == .active else { return }
        if options.autoRead { pipeline.syncOperations.read() }
        writePending()
    }

    func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) { register0(promise: promise) }

    /// The descriptor is bound and connected.
    func bind0(to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    /// The descriptor is bound and connected.
    func connect0(to address: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        loop.assertHeld()
        if phase == .closed {
            promise?.fail(ChannelError.alreadyClosed)
            return
        }
        switch mode {
        case .all: closeBoth(error, promise)
        case .output: closeOutput(promise)
        case .input: promise?.fail(ChannelError.operationUnsupported)
        }
    }

    func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    /// What no handler wanted is dropped.
    func channelRead0(_ data: NIOAny) {}

    func errorCaught0(error: any Error) {}
}

// MARK: - The end

extension SocketChannel {
    /// Tells the handlers of a failure that the channel does not survive.
    func fail(_ error: any Error) {
        pipeline.syncOperations.fireErrorCaught(error)
        if phase != .closed { close0(error: error, mode: .all, promise: nil) }
    }

    private func closeBoth(_ error: any Error, _ promise: EventLoopPromise<Void>?) {
        writeDeferred()
        if phase == .closed {
            promise?.fail(ChannelError.alreadyClosed)
            return
        }
        let wasActive = phase == .active
        phase = .closed
        active.store(false, ordering: .relaxed)
        closeDescriptor()
        // Everything is as it is going to stay before anybody is told: callbacks may ask for anything.
        for broken in pending.removeAll(alsoFlushed: true) { broken.fail(error) }
        if case .ending(let promise) = output { promise?.fail(error) }
        output = .ended
        promise?.succeed(())
        if wasActive {
            pipeline.syncOperations.fireChannelInactive()
            pipeline.syncOperations.fireChannelUnregistered()
        }
        // Later, because the call may come from the middle of the pipeline.
        loop.execute {
            self.removeHandlers(pipeline: self.pipeline)
            self.closePromise.succeed(())
        }
    }

    private func closeDescriptor() {
        let whenClosed = exchange(&whenClosed, with: {})
        if let token = token.take() {
            stream.notifyClose()
            if lingers, isReadable || SystemCalls.hasInput(descriptor),
                LingeringClose.begin(descriptor, token, on: loop, whenClosed: whenClosed)
            {
                return
            }
            loop.unwatch(token, descriptor)
        }
        Glibc.close(descriptor)
        whenClosed()
    }
}
