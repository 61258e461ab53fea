// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import DequeModule
internal import Synchronization

/// Runs services that are ready, on a thread somebody lends.
///
/// A worker has its own run queue. What its services make ready goes to its tail, so a packet travels from socket to
/// reply on one thread. Others take from the queue only when it is crowded (see ``crowdedAfter``), and what was
/// suspended for running long goes to a lane of the kernel's that all workers serve in slices.
///
/// Unchecked: `lastSlowSlice` and `thread` are the thread's own, the latter set before the worker is used.
public final class Worker: @unchecked Sendable {
    public let index: Int
    // Not counted, since every turn reads it: the kernel owns its workers.
    public unowned(unsafe) let kernel: Kernel

    private let queue = Mutex(UniqueDeque<ServiceCell>())
    /// True from the moment a run is asked for until the run finds nothing left.
    let isAwake = Atomic<Bool>(false)
    /// Whether others should take from the queue.
    private let isCrowded = Atomic<Bool>(false)
    /// What runs, for the monitor: the count of the service's messages above its handle. 0: nothing.
    let current = Atomic<UInt64>(0)

    private var thread: (any WorkerThread)!
    private var lastSlowSlice: UInt64 = 0

    /// Nanoseconds a run may take before the thread's owner gets it back.
    private static let budget: UInt64 = 1_000_000
    /// Nanoseconds into a run after which a queue that is still not empty asks for help.
    private static let crowdedAfter: UInt64 = 500_000
    /// Nanoseconds after which a suspended service gets a slice even of a busy worker.
    private static let slowPatience: UInt64 = 50_000_000
    /// Nanoseconds of a run that found no end which go to the release of retired services.
    private static let burialOfBusyWorker: UInt64 = 100_000
    /// Messages a service may handle before others get their turn.
    private static let turnLength = 64

    init(index: Int, kernel: Kernel) {
        self.index = index
        self.kernel = kernel
    }

    /// Says who lends the thread. Call once, before the kernel is used.
    public func drive(by thread: any WorkerThread) { self.thread = thread }

    // MARK: For any thread

    func enqueue(_ cell: ServiceCell) {
        queue.withLock { $0.append(cell) }
        wake()
    }

    /// Asks for a run unless one is coming or going on. Answers whether it did.
    @discardableResult
    func wake() -> Bool {
        if isAwake.exchange(true, ordering: .sequentiallyConsistent) { return false }
        thread.wake(after: 0)
        return true
    }

    func wake(after delay: UInt64) { thread.wake(after: delay) }

    func interrupt() { thread.interrupt() }

    var hasTooMany: Bool { isCrowded.load(ordering: .relaxed) }

    /// Gives one ready service to a worker with nothing to do, if this one has too many.
    func giveAway() -> ServiceCell? {
        if !isCrowded.load(ordering: .relaxed) { return nil }
        return queue.withLock { $0.popFirst() }
    }

    /// The monitor found a turn that takes long: others may take what waits behind it.
    func markCrowded() {
        let waiting = queue.withLock { !$0.isEmpty }
        if !waiting { return }
        isCrowded.store(true, ordering: .relaxed)
        kernel.wakeHelper(of: self)
    }

    // MARK: For its own thread

    /// Runs services until none is ready or the budget is spent.
    ///
    /// - Returns: whether there is more to do; the owner of the thread then calls again after it has seen to its own
    ///   work.
    public func run() -> Bool {
        isAwake.store(true, ordering: .relaxed)
        kernel.noteActivity()
        let began = KernelClock.nanoseconds
        var now = began
        kernel.fireTimers(now: now, on: self)
        while now - began < Self.budget {
            guard let cell = next() else { return rest(now) }
            now = runTurn(cell, now)
            if now - began > Self.crowdedAfter { callForHelp() }
        }
        if now - lastSlowSlice > Self.slowPatience { runSlowSlice(now) }
        bury(from: now, within: Self.burialOfBusyWorker)
        return true
    }

    private func next() -> ServiceCell? {
        if let cell = queue.withLock({ $0.popFirst() }) { return cell }
        return kernel.help(self)
    }

    /// Nothing is ready here: serve the slow lane, or fall asleep.
    private func rest(_ now: UInt64) -> Bool {
        isCrowded.store(false, ordering: .relaxed)
        if runSlowSlice(now) { return true }
        if bury(from: now, within: Self.budget) { return true }
        isAwake.store(false, ordering: .sequentiallyConsistent)
        // A service that was enqueued while we still looked awake asked for no run; and whoever finds us asleep from
        // here on does.
        let missed = queue.withLock { !$0.isEmpty } || kernel.hasSlowServices || kernel.hasGraves
        return missed && !isAwake.exchange(true, ordering: .sequentiallyConsistent)
    }

    /// Releases retired services for a while; answers whether there was any.
    @discardableResult
    private func bury(from began: UInt64, within limit: UInt64) -> Bool {
        guard kernel.bury() else { return false }
        while KernelClock.nanoseconds - began < limit, kernel.bury() {}
        return true
    }

    private func callForHelp() {
        if isCrowded.load(ordering: .relaxed) { return }
        markCrowded()
    }

    @discardableResult
    private func runSlowSlice(_ now: UInt64) -> Bool {
        guard let cell = kernel.takeSlow() else { return false }
        lastSlowSlice = now
        runTurn(cell, now)
        return true
    }

    /// Runs a service for a while; answers when it ended.
    @discardableResult
    private func runTurn(_ cell: ServiceCell, _ now: UInt64) -> UInt64 {
        cell.mailbox.withLock { $0.state.began() }
        cell.turnBegan = now
        // A retired service is not resumed: killing one that spins ends the spinning.
        if cell.isSuspended, !cell.isRetired.load(ordering: .relaxed) {
            publish(cell)
            cell.isSuspended = cell.service.resume(on: self) == .suspended
        }
        receiveMessages(cell)
        current.store(0, ordering: .relaxed)
        let ended = KernelClock.nanoseconds
        cell.spentNanoseconds += ended - now
        end(cell)
        return ended
    }

    @inline(__always)
    private func receiveMessages(_ cell: ServiceCell) {
        var left = Self.turnLength
        while !cell.isSuspended, left > 0, cell.reads {
            if cell.batch.isEmpty {
                let refilled = cell.refill()
                let waiting = refilled ? cell.batch.count - 1 : 0
                if cell.gauge.measure(waiting) { kernel.observer.mailboxOverloaded(cell.handle, waiting: waiting) }
                if !refilled { return }
            }
            let message = cell.batch.removeFirst()
            left -= 1
            cell.messages += 1
            cell.currentSource.store(message.source.rawValue, ordering: .relaxed)
            publish(cell)
            cell.tap?.message(message)
            cell.isSuspended = cell.service.receive(message, on: self) == .suspended
        }
    }

    @inline(__always)
    private func publish(_ cell: ServiceCell) {
        current.store(cell.progress, ordering: .relaxed)
    }

    private func end(_ cell: ServiceCell) {
        let action = cell.mailbox.withLock { mailbox in
            mailbox.state.ended(more: cell.isSuspended || !cell.batch.isEmpty || !mailbox.inbox.isEmpty)
        }
        switch action {
        case .enqueue where cell.isSuspended: kernel.makeSlow(cell, by: self)
        case .enqueue: queue.withLock { $0.append(cell) }
        case .retire: kernel.clear(cell, on: self)
        case .nothing, .reject: break
        }
    }
}
