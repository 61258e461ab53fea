// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Synchronization

/// Counts the channels of a driver, so that its end can be awaited.
final class ChannelCensus: Sendable {
    private struct State: Sendable {
        var open = 0
        var isClosing = false
        var waiting: [@Sendable () -> Void] = []

        mutating func takeWaitersIfEmpty() -> [@Sendable () -> Void] {
            guard open == 0, isClosing else { return [] }
            return exchange(&waiting, with: [])
        }
    }

    private let state = Mutex(State())

    /// Whether no further channels are wanted.
    var isClosing: Bool { state.withLock { $0.isClosing } }

    func opened() {
        state.withLock { $0.open += 1 }
    }

    func closed() {
        let waiters = state.withLock { state in
            state.open -= 1
            return state.takeWaitersIfEmpty()
        }
        for waiter in waiters { waiter() }
    }

    func close(then done: @escaping @Sendable () -> Void) {
        let waiters = state.withLock { state in
            state.isClosing = true
            state.waiting.append(done)
            return state.takeWaitersIfEmpty()
        }
        for waiter in waiters { waiter() }
    }
}
