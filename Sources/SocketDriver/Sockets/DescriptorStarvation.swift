// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Synchronization

/// The listeners that stopped accepting because the process ran out of descriptors.
///
/// Nobody polls: the next of our own sockets that closes wakes them, and each of them has a timer while it rests,
/// because descriptors may also be freed by others.
final class DescriptorStarvation: Sendable {
    private let resting = Mutex<[SocketID: @Sendable () -> Void]>([:])
    /// Spares every closing socket the lock while nobody rests.
    private let count = Atomic<Int>(0)

    func rest(_ id: SocketID, wake: @escaping @Sendable () -> Void) {
        resting.withLock { resting in
            resting[id] = wake
            count.store(resting.count, ordering: .relaxed)
        }
    }

    func leave(_ id: SocketID) {
        resting.withLock { resting in
            resting[id] = nil
            count.store(resting.count, ordering: .relaxed)
        }
    }

    /// A descriptor was closed.
    func relieve() {
        guard count.load(ordering: .relaxed) > 0 else { return }
        let wakers = resting.withLock { Array($0.values) }
        for wake in wakers { wake() }
    }
}
