// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore
internal import Synchronization

extension SocketChannel {
    /// The most bytes written before the loop's other sockets have their turn: a peer may read as fast as we write.
    private static var writeBudget: Int { 8 << 20 }
    /// How often what a vanished peer said before is read after a write has failed.
    private static var lastReads: Int { 16 }

    func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        loop.assertHeld()
        guard phase != .closed else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        guard case .open = output else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        guard case .byteBuffer(let bytes) = tryUnwrapData(data, as: IOData.self) else {
            promise?.fail(ChannelError.operationUnsupported)
            return
        }
        pending.append(bytes, promise)
        updateWritability()
    }

    func flush0() {
        pending.flush()
        writePending()
    }

    /// The kernel takes bytes again.
    func becameWritable() {
        isFull = false
        writePending()
    }

    /// Writes what was flushed until the kernel takes no more. Not while reading: what handlers answer to several
    /// messages leaves together.
    func writePending() {
        guard phase == .active, !isWriting, !isReading, !isFull else { return }
        isWriting = true
        let failure = writeFlushed()
        isWriting = false
        guard phase == .active else { return }
        if let failure { writeFailed(failure) } else { endOutputIfDone() }
    }

    /// Gives what was flushed while reading its one chance, when the channel is closed before the reading ends.
    func writeDeferred() {
        guard phase == .active, isReading, !isWriting, !isFull else { return }
        isWriting = true
        _ = writeFlushed()
        isWriting = false
    }

    /// Answers the error number when the kernel refuses for good.
    private func writeFlushed() -> Int32? {
        var budget = Self.writeBudget
        while phase == .active, pending.hasFlushed, !isFull {
            if budget <= 0 {
                loop.schedule(after: 0) { self.writePending() }
                return nil
            }
            let (outcome, size) = pending.withNextBytes(gatheringIn: loop.readBuffer) { bytes in
                (bytes.isEmpty ? .wrote(0) : stream.write(bytes), bytes.count)
            }
            switch outcome {
            case .failed(let code): return code
            case .wrote(let count):
                budget -= count
                if count < size || stream.isBlocked { waitUntilWritable() }
                // Those without bytes are complete as soon as they are first.
                for kept in pending.advance(by: count) { kept.succeed(()) }
                updateWritability()
            }
        }
        return nil
    }

    private func waitUntilWritable() {
        isFull = true
        watchWritable()
    }

    func watchWritable() {
        guard !watchesWritable, let token else { return }
        watchesWritable = true
        loop.watchWritable(token, descriptor)
    }

    /// Between the marks it stays as it is.
    private func updateWritability() {
        let waterMark = options.writeBufferWaterMark
        let isWritable = pending.bytes <= (self.isWritable ? waterMark.high : waterMark.low - 1)
        guard phase != .closed, isWritable != self.isWritable else { return }
        writable.store(isWritable, ordering: .relaxed)
        pipeline.syncOperations.fireChannelWritabilityChanged()
    }

    /// The peer is gone. What it said before is worth hearing all the same.
    private func writeFailed(_ code: Int32) {
        let error = IOError(errnoCode: code, reason: "send")
        let promise = if case .ending(let promise) = output { promise } else { EventLoopPromise<Void>?.none }
        output = .ended
        let broken = pending.removeAll(alsoFlushed: true)
        for promise in broken { promise.fail(error) }
        promise?.fail(error)
        var left = Self.lastReads
        isReadable = true
        while left > 0, phase == .active, readIsPending, isReadable {
            left -= 1
            readWhatIsThere()
        }
        if phase == .active { fail(error) }
    }

    // MARK: Half closure

    /// Tells the peer that nothing more will come, behind all that was flushed.
    func closeOutput(_ promise: EventLoopPromise<Void>?) {
        guard case .open = output else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        output = .ending(promise)
        for broken in pending.removeAll(alsoFlushed: false) { broken.fail(ChannelError.outputClosed) }
        endOutputIfDone()
    }

    private func endOutputIfDone() {
        guard phase == .active, !pending.hasFlushed, case .ending(let promise) = output else { return }
        output = .ended
        if inputIsClosed { return close0(error: ChannelError.eof, mode: .all, promise: promise) }
        stream.notifyClose()
        _ = SystemCalls.finishSending(descriptor)
        promise?.succeed(())
        pipeline.syncOperations.fireUserInboundEventTriggered(ChannelEvent.outputClosed)
    }
}
