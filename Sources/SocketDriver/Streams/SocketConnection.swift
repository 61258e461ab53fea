// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import NIOCore

/// A connection that is a descriptor and nothing else: one system call a read, one a write.
final class SocketConnection: Connection, Watcher, @unchecked Sendable {
    // Sendable: the descriptor is a constant, written to under the lock of the socket's send buffer or on the loop, and
    // closed after the send buffer has let go of this; the rest is touched by the holder of the loop only.
    private let stream: ByteStream
    private let socket: StreamSocket
    private let reads: Bool
    private var token: WatchToken?
    private var isReading = false
    /// The kernel said so, and nothing has been read to the end since.
    private var isReadable = false
    /// The peer has finished sending, or is gone: a short read is not the last one.
    private var isEnding = false
    private var isHungUp = false
    /// The end of the stream has been read: there is no more input.
    private var hasEnded = false
    private var awaitsWritable = false

    /// The most bytes read from a socket before others have their turn; what they may hold of tiny packets keeps a service
    /// busy for milliseconds.
    private static let readBudget = 64 << 10
    /// The same when others wait already.
    private static let sharedReadBudget = 16 << 10

    /// Takes the descriptor over.
    init(_ stream: ByteStream, of socket: StreamSocket, reads: Bool = true) {
        self.stream = stream
        self.socket = socket
        self.reads = reads
        // A session has perhaps read further than its handshake.
        isReadable = stream.tls != nil
    }

    /// Begins to watch the descriptor, on the loop. False, with the descriptor still open, when the kernel refuses.
    func register() -> Bool {
        token = socket.loop.watch(descriptor, self)
        return token != nil
    }

    /// Watches in the place of somebody who watched the descriptor until now.
    func register(replacing token: WatchToken) {
        self.token = token
        awaitsWritable = true
        socket.loop.replace(token, with: self)
    }

    private var descriptor: Int32 { stream.descriptor }

    // MARK: Connection

    @inline(__always)
    func writeNow(_ bytes: UnsafeRawBufferPointer) -> SystemCalls.WriteOutcome {
        let outcome = stream.write(bytes)
        if stream.isBlocked { socket.loop.run { self.watchWritable() } }
        return outcome
    }

    func write(_ bytes: ByteBuffer) -> SystemCalls.WriteOutcome {
        let outcome = bytes.withUnsafeReadableBytes { stream.write($0) }
        if case .wrote(let count) = outcome, count < bytes.readableBytes || stream.isBlocked { watchWritable() }
        return outcome
    }

    private func watchWritable() {
        guard !awaitsWritable, let token else { return }
        awaitsWritable = true
        socket.loop.watchWritable(token, descriptor)
    }

    var isFlushed: Bool { !stream.isBlocked }

    var local: String { SystemAddress(boundTo: descriptor)?.text ?? "" }

    private var isUnix: Bool { SystemAddress(boundTo: descriptor)?.family == AF_UNIX }

    var tls: ConnectionFacts.TLS? { stream.tls?.facts }

    var joinsMessages: Bool { true }

    func setReading(_ wanted: Bool) {
        isReading = wanted
        guard wanted, isReadable, let token else { return }
        // In a pass of its own: the caller may be in the middle of something.
        socket.loop.again(token)
    }

    func setNoDelay() {
        if stream.isSocket { SystemCalls.enable(TCP_NODELAY, level: Int32(IPPROTO_TCP), on: descriptor) }
    }

    var undelivered: Int { stream.isSocket ? SystemCalls.undelivered(descriptor) + (stream.isBlocked ? 1 : 0) : 0 }

    func close(inOrder: Bool) {
        guard let token = token.take() else { return }
        isReading = false
        let driver = socket.driver
        if inOrder { stream.notifyClose() }
        if inOrder, !hasEnded, stream.isSocket, !driver.open.isClosing, isReadable || SystemCalls.hasInput(descriptor),
            LingeringClose.begin(descriptor, token, on: socket.loop, whenClosed: { driver.connectionClosed() })
        {
            return
        }
        socket.loop.unwatch(token, descriptor)
        Glibc.close(descriptor)
        driver.connectionClosed()
    }

    // MARK: Watcher

    func ready(_ readiness: Readiness) {
        if readiness.contains(.writable) {
            stream.flush()
            socket.becameWritable()
        }
        guard !readiness.isDisjoint(with: [.readable, .finished, .hungUp, .failed]) else { return }
        isReadable = true
        if !readiness.isDisjoint(with: [.finished, .hungUp, .failed]) { isEnding = true }
        // To the system, every peer of a unix socket that has closed has hung up; only with an error it is more than that.
        if readiness.contains(.failed) || readiness.contains(.hungUp) && !isUnix { isHungUp = true }
        if !reads {
            if isHungUp { socket.disconnected(.hungUp) }
        } else if isReading {
            read()
        } else if isHungUp, stream.isSocket, let error = SystemCalls.pendingError(descriptor) {
            // A reset is told at once; what the peer sent and who has ended in good order wait until reading resumes.
            fail(error.text)
        }
    }

    private func read() {
        var budget = socket.loop.isShared ? Self.sharedReadBudget : Self.readBudget
        let loop = socket.loop
        while isReading {
            let buffer = UnsafeMutableRawBufferPointer(rebasing: loop.readBuffer[..<budget])
            let outcome = stream.read(buffer, through: loop.sealedBuffer)
            if stream.isBlocked { watchWritable() }
            switch outcome {
            case .read(let count, let mayHaveMore):
                socket.received(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                budget -= count
                if mayHaveMore || isEnding {
                    if budget > 0 { continue }
                    if let token { loop.again(token) }
                    return
                }
                isReadable = false
                return
            case .nothing:
                isReadable = false
                return
            case .endOfStream:
                isReadable = false
                hasEnded = true
                socket.disconnected(.endOfStream)
                if isHungUp { socket.disconnected(.hungUp) }
                return
            case .failed(let error):
                fail(PipelineConnection.text(of: error))
                return
            }
        }
    }

    private func fail(_ reason: String) {
        isReadable = false
        isReading = false
        socket.disconnected(.readFailed(reason))
        socket.disconnected(.hungUp)
    }
}
