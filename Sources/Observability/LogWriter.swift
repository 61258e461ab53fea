// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Dispatch
internal import Glibc
internal import NodeFiles
internal import Synchronization

/// Writes a log on a thread of its own, so that nobody waits for a terminal, a pipe or a disk.
///
/// What cannot be written yet waits in a queue of limited size; lines beyond it are dropped, and a line says how many.
/// A full disk is tried again and again, a reader that has gone for good is not.
public final class LogWriter: Sendable {
    /// Bytes that may wait for the log.
    public static let limit = 4 << 20

    private enum Sleep {
        case none
        /// There is nothing to do.
        case idle
        /// Writing fails; a further line changes nothing about it.
        case resting
    }

    private struct State {
        var queue: LogQueue
        /// Lines the thread has in hand.
        var inHand = 0
        /// Why writing fails at present.
        var trouble: String?
        var sleep = Sleep.none
        var wantsReopening = false
        var isFinishing = false
        var hasEnded = false
        var waitingForEnd: [@Sendable () -> Void] = []
    }

    private let path: String?
    private let output: Mutex<Int32>
    private let state: Mutex<State>
    private let semaphore = DispatchSemaphore(value: 0)

    /// Milliseconds between two attempts at a disk that is full.
    private static let pause = 250

    /// - Parameters:
    ///   - descriptor: where to write; closed at the end if it has a path.
    ///   - path: the file behind it, to be opened anew for log rotation; nil for one that was inherited.
    init(to descriptor: Int32, path: String?, limit: Int = LogWriter.limit) {
        let line = LogLine(hasTime: path != nil)
        self.path = path
        output = Mutex(descriptor)
        state = Mutex(State(queue: LogQueue(limit: limit) { line.notice(of: $0) }))
        startThread()
    }

    // MARK: Any thread

    /// Adds a line, which ends in a line feed. Never waits.
    func append(_ line: [UInt8]) {
        change(wakingFrom: [.idle]) { state in
            let trouble = state.trouble
            state.queue.append(line, orLoseBecause: trouble ?? "it is not read as fast as it is written")
        }
    }

    /// Opens the file anew before the next line is written.
    func reopen() {
        guard path != nil else { return }
        change(wakingFrom: [.idle, .resting]) { $0.wantsReopening = true }
    }

    /// Writes what waits, and ends.
    func finish() { change(wakingFrom: [.idle, .resting]) { $0.isFinishing = true } }

    /// Calls `body` once the writer has ended: on its thread, or at once when it has ended already.
    public func whenEnded(_ body: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.hasEnded { state.waitingForEnd.append(body) }
            return state.hasEnded
        }
        if isLate { body() }
    }

    public var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// Lines that have not been written, nor told of as dropped.
    public var unwritten: Int { state.withLock { $0.inHand + $0.queue.outstanding } }

    /// What the writer writes to, for humans.
    public var name: String { path.map { "the log file \($0)" } ?? "the log" }

    private func change(wakingFrom sleeps: [Sleep], _ body: (inout State) -> Void) {
        let mustWake = state.withLock { state in
            body(&state)
            guard sleeps.contains(state.sleep) else { return false }
            state.sleep = .none
            return true
        }
        if mustWake { semaphore.signal() }
    }

    // MARK: The writer's thread

    /// The thread holds one count of the writer until it ends.
    private func startThread() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let outcome = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<LogWriter>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context
        )
        precondition(outcome == 0, "The system refuses a thread for the log.")
        pthread_detach(thread)
    }

    private func run() {
        while let batch = next() { write(batch) }
        output.withLock { descriptor in
            if path != nil { close(descriptor) }
            descriptor = -1
        }
        let waiting = state.withLock { state in
            state.hasEnded = true
            return exchange(&state.waitingForEnd, with: [])
        }
        for body in waiting { body() }
    }

    /// Waits for something to write; nil at the end.
    private func next() -> LogBatch? {
        while true {
            let (batch, isOver) = state.withLock { state -> (LogBatch?, Bool) in
                guard state.queue.isEmpty, !state.wantsReopening else {
                    let batch = state.queue.take()
                    state.inHand = batch.unwritten(after: 0)
                    return (batch, false)
                }
                state.sleep = state.isFinishing ? .none : .idle
                return (nil, state.isFinishing)
            }
            if batch != nil || isOver { return batch }
            semaphore.wait()
        }
    }

    private func write(_ batch: LogBatch) {
        var done = 0
        repeat {
            if reopenIfAsked() { done = batch.lineStart(at: done) }
            if done == batch.bytes.count { break }
            let (count, code) = writeSome(of: batch, from: done)
            if count > 0 {
                done += count
                noteProgress(unwritten: batch.unwritten(after: done))
            } else if !mayGoOn(after: code) {
                giveUp(batch.unwritten(after: done), String(cString: strerror(code)))
                return
            }
        } while true
    }

    private func writeSome(of batch: LogBatch, from start: Int) -> (Int, Int32) {
        let descriptor = output.withLock { $0 }
        return batch.bytes.withUnsafeBytes { bytes in
            let count = Glibc.write(descriptor, bytes.baseAddress! + start, bytes.count - start)
            return (count, count < 0 ? errno : 0)
        }
    }

    private func noteProgress(unwritten: Int) {
        state.withLock { state in
            state.inHand = unwritten
            state.trouble = nil
        }
    }

    /// Waits as long as it takes, or does not, before a write is tried again. False: there is no point in it.
    private func mayGoOn(after code: Int32) -> Bool {
        switch code {
        case EINTR: return true
        case EAGAIN:
            // Somebody who shares the descriptor made it so that it does not wait by itself.
            var request = pollfd(fd: output.withLock { $0 }, events: Int16(POLLOUT), revents: 0)
            poll(&request, 1, Int32(Self.pause))
            return true
        case ENOSPC, EDQUOT, EIO, EFBIG, ENOMEM: return rest(because: String(cString: strerror(code)))
        default: return false
        }
    }

    /// Waits for better times; false when the end has come before them.
    private func rest(because reason: String) -> Bool {
        let (isNew, sleep, isWorthIt) = state.withLock { state in
            defer { state.trouble = reason }
            state.sleep = state.isFinishing || state.wantsReopening ? .none : .resting
            return (state.trouble == nil, state.sleep, !state.isFinishing || state.wantsReopening)
        }
        if isNew { StandardError.say("swiftgate: cannot write \(name): \(reason)") }
        if sleep == .none { return isWorthIt }
        if semaphore.wait(timeout: .now() + .milliseconds(Self.pause)) == .timedOut {
            // Whoever found us resting signals, perhaps only after we gave up waiting for it.
            let isSignalled = state.withLock { exchange(&$0.sleep, with: .none) == .none }
            if isSignalled { semaphore.wait() }
        }
        return true
    }

    private func giveUp(_ lines: Int, _ reason: String) {
        state.withLock { state in
            state.inHand = 0
            state.queue.lose(lines, because: reason)
        }
    }

    private func reopenIfAsked() -> Bool {
        guard let path, state.withLock({ exchange(&$0.wantsReopening, with: false) }) else { return false }
        do throws(NodeFileError) {
            let new = try NodeFile.log(path)
            close(output.withLock { exchange(&$0, with: new) })
            return true
        } catch {
            StandardError.say("swiftgate: cannot open \(name) anew: \(error.reason)")
            return false
        }
    }
}
