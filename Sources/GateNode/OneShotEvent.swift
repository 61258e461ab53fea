// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Synchronization

/// Something that happens once, for whoever waits for it.
final class OneShotEvent: Sendable {
    private struct State {
        var isSignalled = false
        var waiting: [Int: CheckedContinuation<Bool, Never>] = [:]
        var lastNumber = 0
    }

    private let state = Mutex(State())

    var isSignalled: Bool { state.withLock { $0.isSignalled } }

    func signal() {
        let waiting = state.withLock { state in
            state.isSignalled = true
            return exchange(&state.waiting, with: [:])
        }
        for continuation in waiting.values { continuation.resume(returning: true) }
    }

    func wait() async { _ = await enqueue { _ in } }

    /// Waits no longer than that; answers whether it has happened.
    func wait(within limit: Duration) async -> Bool {
        await enqueue { number in
            Task {
                try? await Task.sleep(for: limit)
                self.giveUp(number)
            }
        }
    }

    private func enqueue(_ queued: (Int) -> Void) async -> Bool {
        await withCheckedContinuation { continuation in
            let number = state.withLock { state -> Int? in
                if state.isSignalled { return nil }
                state.lastNumber += 1
                state.waiting[state.lastNumber] = continuation
                return state.lastNumber
            }
            if let number { queued(number) } else { continuation.resume(returning: true) }
        }
    }

    private func giveUp(_ number: Int) {
        state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(returning: false)
    }
}
