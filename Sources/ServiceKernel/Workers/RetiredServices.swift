// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import DequeModule
internal import Synchronization

/// Services that had their last turn and are still to be released.
///
/// Workers release them between turns. When one of them blocks (a finalizer may do anything), those that wait are
/// released by a thread without a worker until none waits: by one, since fifteen thousand that are merely slow would keep
/// all processors busy, and by a further one whenever it has been at the same for too long.
final class RetiredServices: Sendable {
    private struct State: ~Copyable {
        var cells = UniqueDeque<ServiceCell>()
        var block = false
        /// Threads without a worker that are releasing one.
        var active = 0
        /// When the last of them took one.
        var taken: UInt64 = 0

        var mayBeTaken: Bool {
            block && !cells.isEmpty && (active == 0 || KernelClock.nanoseconds > taken + RetiredServices.batchTime)
        }
    }

    /// Nanoseconds after which a further thread begins.
    private static let batchTime: UInt64 = 50_000_000

    private let state = Mutex(State())
    /// How many wait for workers.
    private let count = Atomic<Int>(0)

    /// Whether there is something for workers to release.
    var areWaiting: Bool { count.load(ordering: .relaxed) > 0 }

    /// Whether there is something for threads without a worker to release.
    var areBlocking: Bool { state.withLock { $0.mayBeTaken } }

    /// Answers whether a thread without a worker is to release it.
    func append(_ cell: ServiceCell, first: Bool = false) -> Bool {
        state.withLock { state in
            if first { state.cells.prepend(cell) } else { state.cells.append(cell) }
            if !state.block { count.add(1, ordering: .sequentiallyConsistent) }
            return state.block
        }
    }

    /// For a worker.
    func popFirst() -> ServiceCell? {
        state.withLock { state in
            guard !state.block, let cell = state.cells.popFirst() else { return nil }
            count.subtract(1, ordering: .relaxed)
            return cell
        }
    }

    /// For a thread without a worker, which calls ``finishBlocking()`` afterwards.
    func popBlocking() -> ServiceCell? {
        state.withLock { state in
            guard state.mayBeTaken, let cell = state.cells.popFirst() else { return nil }
            state.active += 1
            state.taken = KernelClock.nanoseconds
            return cell
        }
    }

    func finishBlocking() {
        state.withLock { state in
            state.active -= 1
            if state.cells.isEmpty { state.block = false }
        }
    }

    /// The release of one has blocked a worker.
    func noteBlocking() {
        state.withLock { state in
            state.block = !state.cells.isEmpty
            count.store(0, ordering: .relaxed)
        }
    }
}
