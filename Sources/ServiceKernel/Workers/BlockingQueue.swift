// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import DequeModule
internal import Synchronization

/// What waits for threads that hold no worker.
public enum BlockingDemand: Sendable {
    case none
    /// Services that have blocked again and again, and the release of retired ones: they wait for their turn.
    case patient
    /// A service that may have been taken for one that blocks by mistake.
    case urgent
}

/// Ready services that are taken to block, in the order in which they became ready: first those that have not relapsed.
///
/// No worker runs them, so that they cost nobody anything; threads that hold no worker do, by
/// ``Kernel/runBlocking(on:)``. A service is in one queue at a time, that of a worker or this one, since only its
/// mailbox's change to *queued* puts it anywhere. So moving from one kind of thread to the other changes neither who may
/// run it nor the order of its messages.
final class BlockingQueue: Sendable {
    private struct State: ~Copyable {
        var first = UniqueDeque<ServiceCell>()
        var relapsed = UniqueDeque<ServiceCell>()
    }

    private let state = Mutex(State())
    private let unfinished = Atomic<Int>(0)

    /// Whether services are ready, or have a turn.
    var isInUse: Bool { unfinished.load(ordering: .sequentiallyConsistent) > 0 }

    var demand: BlockingDemand {
        if !isInUse { return .none }
        return state.withLock { $0.first.isEmpty ? $0.relapsed.isEmpty ? .none : .patient : .urgent }
    }

    func append(_ cell: ServiceCell) {
        unfinished.add(1, ordering: .sequentiallyConsistent)
        state.withLock { state in
            if cell.blocking.hasRelapsed { state.relapsed.append(cell) } else { state.first.append(cell) }
        }
    }

    /// Whoever takes one calls ``finish()`` after its turn.
    func popFirst() -> ServiceCell? {
        if !isInUse { return nil }
        return state.withLock { $0.first.popFirst() ?? $0.relapsed.popFirst() }
    }

    func finish() { unfinished.subtract(1, ordering: .sequentiallyConsistent) }

    /// Adds which messages are suspended.
    func addProgress(to progress: inout [UInt64]) {
        state.withLock { state in
            for index in state.first.indices where state.first[index].isSuspended {
                progress.append(state.first[index].progress)
            }
            for index in state.relapsed.indices where state.relapsed[index].isSuspended {
                progress.append(state.relapsed[index].progress)
            }
        }
    }
}
