// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore

extension SocketChannel {
    private enum End {
        case ofStream
        case failure(any Error)
    }

    // MARK: Watcher

    func ready(_ readiness: Readiness) {
        if readiness.contains(.writable) {
            stream.flush()
            becameWritable()
            if stream.tls != nil, !stream.isBlocked { whenUnblocked() }
        }
        guard phase == .active, !readiness.isDisjoint(with: [.readable, .finished, .hungUp, .failed]) else { return }
        isReadable = true
        if !readiness.isDisjoint(with: [.finished, .hungUp, .failed]) { isEnding = true }
        if !readiness.isDisjoint(with: [.hungUp, .failed]) { isHungUp = true }
        if readIsPending {
            readWhatIsThere()
        } else if isHungUp {
            noteHangUp()
        }
    }

    /// A reset is told at once; what a peer sent who has ended in good order waits until somebody reads.
    private func noteHangUp() {
        if let error = SystemCalls.pendingError(descriptor) {
            fail(IOError(errnoCode: error.code, reason: "read"))
        } else if inputIsClosed {
            close0(error: ChannelError.eof, mode: .all, promise: nil)
        }
    }

    // MARK: Reading

    func read0() {
        guard phase != .closed, !inputIsClosed, !readIsPending else { return }
        readIsPending = true
        // In a pass of its own: the caller may be in the middle of something.
        if isReadable, let token { loop.again(token) }
    }

    func setAutoRead(_ wanted: Bool) {
        guard wanted != options.autoRead else { return }
        options.autoRead = wanted
        if !wanted {
            readIsPending = false
        } else if phase == .active {
            pipeline.syncOperations.read()
        }
    }

    func readWhatIsThere() {
        readIsPending = false
        isReading = true
        let (messages, end) = readMessages()
        if messages > 0, phase == .active { pipeline.syncOperations.fireChannelReadComplete() }
        isReading = false
        writePending()
        guard phase == .active else { return }
        switch end {
        case .ofStream: inputEnded()
        case .failure(let error):
            isReadable = false
            fail((error as? SystemError).map { IOError(errnoCode: $0.code, reason: "read") } ?? error)
        case nil: if options.autoRead, !readIsPending { pipeline.syncOperations.read() }
        }
    }

    private func readMessages() -> (count: UInt, end: End?) {
        let buffer = loop.readBuffer
        var count: UInt = 0
        while phase == .active, count < options.maxMessagesPerRead {
            let outcome = stream.read(buffer, through: loop.sealedBuffer)
            if stream.isBlocked { watchWritable() }
            switch outcome {
            case .read(let length, let mayHaveMore):
                count += 1
                if !mayHaveMore, !isEnding { isReadable = false }
                let message = allocator.buffer(bytes: UnsafeRawBufferPointer(rebasing: buffer[..<length]))
                pipeline.syncOperations.fireChannelRead(NIOAny(message))
                if !isReadable { return (count, nil) }
            case .nothing:
                isReadable = false
                return (count, nil)
            case .endOfStream: return (count, .ofStream)
            case .failed(let error): return (count, .failure(error))
            }
        }
        return (count, nil)
    }

    private func inputEnded() {
        isReadable = false
        inputIsClosed = true
        readIsPending = false
        guard options.allowRemoteHalfClosure, case .open = output else {
            return close0(error: ChannelError.eof, mode: .all, promise: nil)
        }
        pipeline.syncOperations.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        if phase == .active, isHungUp { noteHangUp() }
    }
}
