// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import DequeModule
internal import Dispatch
internal import Synchronization

/// Lines of text from one thread to another, read by a service that may receive no messages meanwhile.
final class LineQueue: Sendable {
    private struct State {
        var lines: Deque<[UInt8]> = []
        var hasWriter = true
        var hasReader = true
    }

    enum Outcome: Equatable {
        case line([UInt8])
        case nothing
        /// Nothing is left, and nothing will come.
        case closed
    }

    private let state = Mutex(State())
    /// Signalled for each line and for the writer's end.
    private let semaphore = DispatchSemaphore(value: 0)

    /// False when nobody will read it.
    func write(_ line: [UInt8]) -> Bool {
        let isRead = state.withLock { state in
            if state.hasReader { state.lines.append(line) }
            return state.hasReader
        }
        if isRead { semaphore.signal() }
        return isRead
    }

    /// Waits for the next line, but no longer than `seconds`. Blocks the thread.
    func read(seconds: Double) -> Outcome {
        let outcome = take()
        guard outcome == .nothing, seconds > 0 else { return outcome }
        let deadline = DispatchTime.now() + min(seconds, 3600)
        // A signal may be of a line that was taken without waiting.
        while semaphore.wait(timeout: deadline) == .success {
            let outcome = take()
            if outcome != .nothing { return outcome }
        }
        return take()
    }

    private func take() -> Outcome {
        state.withLock { state in
            if let line = state.lines.popFirst() { return .line(line) }
            return state.hasWriter ? .nothing : .closed
        }
    }

    func endWriting() {
        state.withLock { $0.hasWriter = false }
        semaphore.signal()
    }

    func endReading() { state.withLock { $0.hasReader = false } }
}
