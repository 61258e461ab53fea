// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore
internal import Synchronization

extension StreamSocket {
    /// The most bytes given to the connection at once, and the size up to which small messages are gathered.
    private static var piece: Int { 64 << 10 }
    /// The most bytes written before the loop's other sockets have their turn: a peer may read as fast as we write.
    private static var turnBudget: Int { 8 << 20 }

    /// What a flush came to that the loop must know.
    private enum FlushOutcome {
        case done
        /// Something waits; these warnings are due, in KiB.
        case waiting([Int])
        case failed(Int32)
    }

    /// Gives what was sent in this turn to the connection, on any thread.
    func flush() {
        var storage: StagedOutput?
        let outcome = output.withLock { output -> FlushOutcome in
            guard output.staged != nil else { return .done }
            guard let connection = output.connection else { return keep(in: &output) }
            guard output.backlog == nil, let staged = output.takeStaged() else { return keep(in: &output) }
            let size = staged.bytes.readableBytes
            switch staged.bytes.withUnsafeReadableBytes({ connection.writeNow($0) }) {
            case .wrote(size):
                counters.countWritten(size)
                // Consumed, because storage that is still referenced from here would be copied instead of reused.
                storage = consume staged
                return .done
            case .wrote(let count):
                if count > 0 { counters.countWritten(count) }
                let warnings = output.beginBacklog(with: staged, sent: count)
                counters.bytesWaiting.store(output.unsent, ordering: .relaxed)
                return .waiting(warnings)
            case .failed(let code): return .failed(code)
            }
        }
        // Taken, because storage that somebody else refers to would be copied instead of reused.
        if let storage = storage.take() { SubmissionQueue.current?.giveBack(storage) }
        switch outcome {
        case .done:
            // Closed while it was still connecting: this was the output that the end waited for.
            if loop.isHeld, machine.phase == .draining { _ = finishIfDrained() }
        case .waiting(let warnings): onLoop { $0.tell(warnings) }
        case .failed(let code): onLoop { $0.writeFailed(code) }
        }
    }

    /// Puts staged bytes behind what waits already, or lets them wait for the connection.
    private func keep(in output: inout SendBuffer) -> FlushOutcome {
        // Without a connection small output stays staged: most sockets are connected before there is more.
        if output.connection == nil, output.backlog == nil, !output.isStagingFull { return .done }
        guard let staged = output.takeStaged() else { return .done }
        if output.backlog == nil { output.backlog = OutboundQueue(remainder: ByteBuffer()) }
        let warnings = output.append(staged.bytes, staged.marks[...])
        counters.bytesWaiting.store(output.unsent, ordering: .relaxed)
        return warnings.isEmpty ? .done : .waiting(warnings)
    }

    private func onLoop(_ body: @escaping @Sendable (StreamSocket) -> Void) {
        if loop.isHeld { body(self) } else { loop.run { body(self) } }
    }

    private func tell(_ warnings: [Int]) {
        for kibibytes in warnings { warn(kibibytes) }
        // The connection may have stopped for another reason than being full, and then nothing would wake it.
        pump()
    }

    private func warn(_ kibibytes: Int) {
        deliver(.warning(id, kibibytes: Int32(clamping: kibibytes)))
        driver.observer.backlog(id, bytes: kibibytes << 10)
    }

    /// The connection takes bytes again.
    func becameWritable() {
        output.withLock { $0.backlog?.becameWritable() }
        pump()
    }

    /// Writes what waits until the connection takes no more.
    func pump() {
        loop.assertHeld()
        guard !isPumping else { return }
        isPumping = true
        defer { isPumping = false }
        var budget = Self.turnBudget
        while budget > 0 {
            switch output.withLock({ writeNext(of: &$0) }) {
            case .wrote(let count): budget -= count
            case .full:
                guard let connection, connection.flushWrites() else { return }
            case .empty:
                _ = connection?.flushWrites()
                // Somebody may have sent meanwhile, to whom it looked as if this were going on.
                if finishIfDrained() { return }
            case .failed(let code): return writeFailed(code)
            }
        }
        _ = connection?.flushWrites()
        loop.schedule(after: 1_000_000) { self.pump() }
    }

    private enum PieceOutcome {
        case wrote(Int)
        case full
        case empty
        case failed(Int32)
    }

    /// Under the lock, because whoever sends meanwhile would change which message is next.
    private func writeNext(of output: inout SendBuffer) -> PieceOutcome {
        guard let connection = output.connection,
            let piece = output.nextPiece(joining: connection.joinsMessages, upTo: Self.piece)
        else { return .empty }
        switch connection.write(piece) {
        case .failed(let code): return .failed(code)
        case .wrote(let count):
            if count > 0 { counters.countWritten(count) }
            output.backlog?.advance(by: count)
            counters.bytesWaiting.store(output.unsent, ordering: .relaxed)
            return count < piece.readableBytes ? .full : .wrote(count)
        }
    }

    /// False when there is more to write.
    private func finishIfDrained() -> Bool {
        let (isDrained, wasWarned) = output.withLock { output -> (Bool?, Bool) in
            guard let connection = output.connection else { return (false, false) }
            guard output.backlog?.isEmpty ?? true else { return (nil, false) }
            let wasWarned = output.backlog?.finish() ?? false
            output.backlog = nil
            counters.bytesWaiting.store(0, ordering: .relaxed)
            return (output.staged == nil && connection.isFlushed, wasWarned)
        }
        if wasWarned { warn(0) }
        if isDrained ?? false { apply(machine.drained()) }
        return isDrained != nil
    }
}
