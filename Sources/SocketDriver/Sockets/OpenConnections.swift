// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Synchronization

/// Counts what a driver holds open, so that its end can be awaited.
final class OpenConnections: Sendable {
    private struct State: Sendable {
        var count = 0
        var isClosing = false
        var waiting: [@Sendable () -> Void] = []

        mutating func takeWaitersIfEmpty() -> [@Sendable () -> Void] {
            guard count == 0, isClosing else { return [] }
            return exchange(&waiting, with: [])
        }
    }

    private let state = Mutex(State())

    /// Whether nothing further is to be opened.
    var isClosing: Bool { state.withLock { $0.isClosing } }

    func opened() {
        state.withLock { $0.count += 1 }
    }

    func closed() {
        let waiters = state.withLock { state in
            state.count -= 1
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
