// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import DequeModule
internal import Synchronization

/// What must not keep a worker from others: services that block, and the release of those that are gone.
extension Kernel {
    // MARK: Services that block

    /// Runs one turn of a service that is taken to block, or releases one that was retired. For threads that hold no
    /// worker: nobody watches over them.
    ///
    /// - Returns: whether there was something to do.
    public func runBlocking(on thread: TurnThread) -> Bool {
        if let cell = blocking.popFirst() {
            anyWorker.runDetached(cell, on: thread)
            blocking.finish()
            return true
        }
        guard let cell = retired.popBlocking() else { return false }
        reap(cell, on: thread)
        retired.finishBlocking()
        return true
    }

    /// What ``runBlocking(on:)`` would find to do.
    public var blockingDemand: BlockingDemand {
        let demand = blocking.demand
        return demand == .none && retired.areBlocking ? .patient : demand
    }

    func enqueueBlocking(_ cell: ServiceCell) {
        blocking.append(cell)
        wakeSpare()
    }

    /// Retired services may wait that nobody who was asked could take. Called by the monitor.
    func wakeReaper() {
        if retired.areBlocking { wakeSpare() }
    }

    // MARK: The end of a service

    /// The last turn of a retired service: whoever still waits for it learns that it is gone.
    func clear(_ cell: ServiceCell, on worker: Worker) {
        _ = clearSome(cell, on: worker)
        addRetired(cell, on: worker)
    }

    /// Messages that are cleared at once; a fraction of a millisecond's work.
    private static let clearing = 1000

    /// False when there are more.
    private func clearSome(_ cell: ServiceCell, on worker: Worker) -> Bool {
        var left = Self.clearing
        repeat {
            while let message = cell.batch.popFirst() {
                if cell.reads {
                    _ = cell.service.receive(message, on: worker)
                } else {
                    refuse(message, for: cell, from: worker)
                }
                left -= 1
                if left == 0 { return false }
            }
        } while refill(cell)
        return true
    }

    /// The calling thread may not hold the worker (any more), which may be asleep.
    private func addRetired(_ cell: ServiceCell, first: Bool = false, on worker: Worker) {
        if retired.append(cell, first: first) { wakeSpare() } else { worker.wake() }
    }

    /// Releases what a service held that has had its last turn. False when there was none.
    ///
    /// Closing a Lua state takes longer than most messages; when a thousand clients leave at once, those that stay must
    /// not wait for a thousand agents to be closed.
    func reap(on thread: TurnThread) -> Bool {
        guard let cell = retired.popFirst() else { return false }
        reap(cell, on: thread)
        return true
    }

    private func reap(_ cell: ServiceCell, on thread: TurnThread) {
        let worker = anyWorker
        thread.current.store(cell.progress, ordering: .relaxed)
        if clearSome(cell, on: worker) {
            cell.service.retire()
            thread.submit()
            depart()
        } else {
            thread.submit()
            addRetired(cell, first: true, on: worker)
        }
        thread.current.store(0, ordering: .relaxed)
    }
}
