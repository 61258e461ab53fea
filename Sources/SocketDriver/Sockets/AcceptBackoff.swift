// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Synchronization

/// The listeners that stopped accepting because the process ran out of descriptors.
///
/// Nobody polls: the next of our own sockets that closes wakes them, and each of them has a timer meanwhile, because
/// descriptors may also be freed by others.
final class AcceptBackoff: Sendable {
    private let waiting = Mutex<[SocketID: @Sendable () -> Void]>([:])
    /// Spares every closing socket the lock while nobody waits.
    private let count = Atomic<Int>(0)

    func add(_ id: SocketID, wake: @escaping @Sendable () -> Void) {
        waiting.withLock { waiting in
            waiting[id] = wake
            count.store(waiting.count, ordering: .relaxed)
        }
    }

    func remove(_ id: SocketID) {
        waiting.withLock { waiting in
            waiting[id] = nil
            count.store(waiting.count, ordering: .relaxed)
        }
    }

    /// A descriptor was closed.
    func descriptorClosed() {
        guard count.load(ordering: .relaxed) > 0 else { return }
        let wakers = waiting.withLock { Array($0.values) }
        for wake in wakers { wake() }
    }
}
