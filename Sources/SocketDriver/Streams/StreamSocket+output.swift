// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore
import Synchronization

/// What a socket keeps while the kernel does not take its output: most sockets never need one.
final class OutputBacklog {
    var queue: OutboundQueue<ByteBuffer>
    /// Bytes handed to NIO, which reports when they have left and thereby that the socket takes bytes again.
    var probe = 0
    var isPumping = false

    init(queue: OutboundQueue<ByteBuffer>) {
        self.queue = queue
    }
}

extension StreamSocket {
    /// The most bytes handed to NIO at once, and the size up to which small messages are gathered into one write.
    private static var chunk: Int { 64 << 10 }
    /// The most bytes written before the loop's other sockets have their turn: a peer may read as fast as we write.
    private static var turnBudget: Int { 8 << 20 }

    func flush() {
        lane.eventLoop.assertInEventLoop()
        // An outgoing connection keeps its staged bytes until it is there.
        guard machine.phase != .connecting, context != nil,
            let staged = door.withLock({ $0.takeStaged() })
        else { return }
        if let backlog {
            append(staged.bytes, staged.marks[...], to: backlog)
            return
        }
        let size = staged.bytes.readableBytes
        switch write(staged.bytes) {
        case .wrote(let count) where count == size:
            // Consumed, because storage that is still referenced from here would be copied instead of reused.
            lane.giveBack(consume staged)
            // Closed while it was still connecting: this was the output that the end waited for.
            if machine.phase == .draining { apply(machine.drained()) }
        case .wrote(let count):
            beginBacklog(with: staged, sent: count)
        case .failed(let code):
            apply(machine.writeFailed(SystemCalls.text(of: code)))
        }
    }

    @inline(__always)
    private func write(_ bytes: ByteBuffer) -> SystemCalls.WriteOutcome {
        guard descriptor >= 0 else { return .wrote(0) }
        let outcome = bytes.withUnsafeReadableBytes { SystemCalls.send(descriptor, $0) }
        if case .wrote(let count) = outcome, count > 0 { counters.countWritten(count) }
        return outcome
    }

    /// Keeps what the kernel left: the rest of the message it stopped in, and all behind it.
    private func beginBacklog(with staged: StagedOutput, sent: Int) {
        var border = 0
        var index = 0
        while border + staged.marks[index].count <= sent {
            border += staged.marks[index].count
            index += 1
        }
        var rest = staged.bytes
        rest.removePrefix(sent)
        let remainder = rest.prefix(border + staged.marks[index].count - sent)
        rest.removePrefix(remainder.count)
        let backlog = OutputBacklog(queue: OutboundQueue(remainder: remainder))
        self.backlog = backlog
        append(rest, staged.marks[(index + 1)...], to: backlog)
        pump()
    }

    private func append(_ bytes: ByteBuffer, _ marks: ArraySlice<StagedOutput.Mark>, to backlog: OutputBacklog) {
        var bytes = bytes
        for mark in marks {
            let message = bytes.prefix(mark.count)
            bytes.removePrefix(mark.count)
            if let kibibytes = backlog.queue.append(message, priority: mark.priority) {
                deliver(.warning(id, kibibytes: Int32(clamping: kibibytes)))
            }
        }
        counters.bytesWaiting.store(backlog.queue.unsent, ordering: .relaxed)
    }

    /// Writes until the kernel refuses, then lets NIO wait for it.
    private func pump() {
        guard let backlog, !backlog.isPumping else { return }
        backlog.isPumping = true
        defer { backlog.isPumping = false }
        var budget = Self.turnBudget
        // A failure or a `release` on the way takes the backlog from the socket.
        while self.backlog === backlog, backlog.probe == 0 {
            guard budget > 0 else {
                lane.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) { self.pump() }
                break
            }
            if backlog.queue.isEmpty {
                finish(backlog)
                return
            }
            budget -= writeNext(of: backlog)
        }
        counters.bytesWaiting.store(self.backlog?.queue.unsent ?? 0, ordering: .relaxed)
    }

    /// Answers how many bytes were tried.
    private func writeNext(of backlog: OutputBacklog) -> Int {
        let next = gather(backlog.queue)
        switch write(next) {
        case .wrote(let count):
            backlog.queue.advance(by: count)
            if count < next.readableBytes { launchProbe(of: backlog) }
        case .failed(let code):
            apply(machine.writeFailed(SystemCalls.text(of: code)))
        }
        return next.readableBytes
    }

    /// The next piece as it is when it is large, else several of them in one buffer.
    private func gather(_ queue: OutboundQueue<ByteBuffer>) -> ByteBuffer {
        var gathered = ByteBuffer()
        queue.visit(upTo: Self.chunk) { message in
            if gathered.readableBytes == 0 {
                gathered = message
            } else {
                gathered.writeImmutableBuffer(message)
            }
        }
        return gathered
    }

    /// Hands the next bytes to NIO. It calls back when they have left; that may be at once, inside this call.
    private func launchProbe(of backlog: OutputBacklog) {
        guard let context, let bytes = backlog.queue.commitPrefix(Self.chunk) else { return }
        backlog.probe = bytes.count
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { result in self.probeEnded(result) }
        context.writeAndFlush(NIOAny(bytes), promise: promise)
    }

    private func probeEnded(_ result: Result<Void, any Error>) {
        guard let backlog else { return }
        switch result {
        case .success:
            counters.countWritten(backlog.probe)
            backlog.queue.becameWritable()
            backlog.queue.advance(by: backlog.probe)
            backlog.probe = 0
            pump()
        case .failure(let error):
            // NIO closes the channel right after this; the machine tells the failure first.
            apply(machine.writeFailed(Self.text(of: error)))
        }
    }

    private func finish(_ backlog: OutputBacklog) {
        self.backlog = nil
        counters.bytesWaiting.store(0, ordering: .relaxed)
        if backlog.queue.finish() { deliver(.warning(id, kibibytes: 0)) }
        apply(machine.drained())
    }
}
