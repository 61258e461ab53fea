// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import DequeModule
internal import Synchronization

/// A run queue, and the right to run what is in it: a role that one thread holds at a time.
///
/// What its services make ready goes to its tail, so a packet travels from socket to reply on one thread. Others steal
/// from the queue only when it is overloaded (see ``overloadedAfter``), and what was suspended for running long goes to
/// a list of the kernel's that all workers serve in slices.
///
/// **Takeover.** `turn` counts: odd while a service has the thread, even while the holder does its own work. The holder
/// makes it odd with a plain store and even again with a compare-exchange; whoever takes the role over makes it even
/// first. So exactly one of the two succeeds: a holder whose exchange fails has lost the role, finishes the service it
/// has in hand as any foreign thread would, and touches nothing that belongs to the holder. A service that kept a thread
/// for really long is run by threads without a role from then on: see ``BlockingQueue``.
///
/// Unchecked: `lastSuspendedSlice` and `isReaping` belong to the holder; `holder` is set before the worker is used.
public final class Worker: @unchecked Sendable {
    public let index: Int
    // Not counted, since every turn reads it: the kernel owns its workers.
    public unowned(unsafe) let kernel: Kernel

    private let queue = Mutex(RunQueue())
    /// True from the moment a run is asked for until the run finds nothing left.
    let isAwake = Atomic<Bool>(false)
    /// Whether others should take from the queue.
    private let isOverloaded = Atomic<Bool>(false)
    /// Odd while a service has the thread; see the type.
    private let turn = Atomic<UInt64>(0)
    /// Whether the turn is the release of a retired service.
    private var isReaping = false

    private var holder: (any WorkerHolder)!
    private var lastSuspendedSlice: UInt64 = 0

    /// Nanoseconds a run may take before the holder gets its thread back.
    private static let budget: UInt64 = 1_000_000
    /// Nanoseconds into a run after which a queue that is still not empty asks for help.
    private static let overloadedAfter: UInt64 = 500_000
    /// Nanoseconds after which a suspended service gets a slice even of a busy worker.
    private static let longestSuspension: UInt64 = 50_000_000
    /// Nanoseconds of a run that found no end which go to the release of retired services.
    private static let reapingOfBusyWorker: UInt64 = 100_000
    /// Messages a service may handle before others get their turn.
    private static let turnLength = 64

    /// How a run ended.
    public enum RunOutcome: Sendable {
        /// Nothing is ready.
        case idle
        /// There is more to do; the holder calls again after it has seen to its own work.
        case more
        /// The role was taken over during a turn: the calling thread must not touch the worker's holder again.
        case lost
    }

    init(index: Int, kernel: Kernel) {
        self.index = index
        self.kernel = kernel
    }

    /// Says who is to be woken when there is work. Call once, before the kernel is used.
    public func drive(by holder: any WorkerHolder) { self.holder = holder }

    // MARK: For any thread

    func enqueue(_ cell: ServiceCell) {
        queue.withLock { $0.append(cell) }
        wake()
    }

    /// As ``enqueue(_:)``, for a service that has not run yet.
    func enqueueStart(of cell: ServiceCell) {
        queue.withLock { $0.appendStarting(cell) }
        wake()
    }

    /// Asks for a run unless one is coming or going on. Answers whether it did.
    @discardableResult
    func wake() -> Bool {
        if isAwake.exchange(true, ordering: .sequentiallyConsistent) { return false }
        holder.wake(after: 0)
        return true
    }

    func wake(after delay: UInt64) { holder.wake(after: delay) }

    var hasTooMany: Bool { isOverloaded.load(ordering: .relaxed) }

    /// Gives one ready service to a worker with nothing to do, if this one has too many.
    func giveUpOne() -> ServiceCell? {
        if !isOverloaded.load(ordering: .relaxed) { return nil }
        return queue.withLock { $0.popFirst() }
    }

    /// A turn takes long: others may take what waits behind it.
    func markOverloaded() {
        let waiting = queue.withLock { !$0.isEmpty }
        if !waiting { return }
        isOverloaded.store(true, ordering: .relaxed)
        kernel.wakeHelper(of: self)
    }

    /// The turn that goes on, for ``takeOver(_:)``; nil while none does.
    var turnInHand: UInt64? {
        let turn = turn.load(ordering: .relaxed)
        return turn & 1 == 1 ? turn : nil
    }

    /// Takes the role from the thread that is in `turn`. False when that turn has ended meanwhile.
    ///
    /// Whoever succeeds holds the role and must see to it that ``run(on:)`` is called by another thread.
    public func takeOver(_ turn: UInt64) -> Bool {
        guard endTurn(turn) else { return false }
        if isReaping, kernel.hasSpares { kernel.retired.noteBlocking() }
        isReaping = false
        return true
    }

    // MARK: For the holder

    /// Runs services until none is ready or the budget is spent.
    public func run(on thread: TurnThread) -> RunOutcome {
        isAwake.store(true, ordering: .relaxed)
        kernel.noteActivity()
        let began = KernelClock.nanoseconds
        var now = began
        var isFiring = kernel.fireTimers(now: now, on: self)
        while now - began < Self.budget {
            guard let cell = next() else {
                if isFiring { return .more }
                return rest(now, thread)
            }
            guard let ended = runTurn(cell, now, thread) else { return .lost }
            now = ended
            if now - began > Self.overloadedAfter { callForHelp() }
        }
        if isFiring { isFiring = kernel.fireTimers(now: now, on: self) }
        // However many messages there are, services are started.
        if let cell = queue.withLock({ $0.popStarting() }) {
            guard let ended = runTurn(cell, now, thread) else { return .lost }
            now = ended
        }
        if now - lastSuspendedSlice > Self.longestSuspension, runSuspendedSlice(now, thread) == .lost { return .lost }
        return reap(from: now, within: Self.reapingOfBusyWorker, thread) == .lost ? .lost : .more
    }

    private func next() -> ServiceCell? {
        if let cell = queue.withLock({ $0.popFirst() }) { return cell }
        return kernel.steal(for: self)
    }

    /// Nothing is ready here: serve what was suspended, or fall asleep.
    private func rest(_ now: UInt64, _ thread: TurnThread) -> RunOutcome {
        isOverloaded.store(false, ordering: .relaxed)
        let slice = runSuspendedSlice(now, thread)
        if slice != .idle { return slice }
        let reaping = reap(from: now, within: Self.budget, thread)
        if reaping != .idle { return reaping }
        isAwake.store(false, ordering: .sequentiallyConsistent)
        // A service that was enqueued while we still looked awake asked for no run; and whoever finds us asleep from
        // here on does.
        let missed = queue.withLock { !$0.isEmpty } || kernel.hasSuspended || kernel.retired.areWaiting
        return missed && !isAwake.exchange(true, ordering: .sequentiallyConsistent) ? .more : .idle
    }

    private func callForHelp() {
        if isOverloaded.load(ordering: .relaxed) { return }
        markOverloaded()
    }

    // MARK: Turns

    @inline(__always)
    private func beginTurn() -> UInt64 {
        let number = turn.load(ordering: .relaxed) &+ 1
        // Releasing: who takes over must see everything the holder did before.
        turn.store(number, ordering: .releasing)
        return number
    }

    /// False when the role is lost.
    @inline(__always)
    private func endTurn(_ number: UInt64) -> Bool {
        turn.compareExchange(expected: number, desired: number &+ 1, ordering: .acquiringAndReleasing).exchanged
    }

    /// Releases retired services for a while.
    private func reap(from began: UInt64, within limit: UInt64, _ thread: TurnThread) -> RunOutcome {
        var outcome = RunOutcome.idle
        isReaping = true
        defer { if outcome != .lost { isReaping = false } }
        while kernel.retired.areWaiting {
            // Closing a Lua state runs finalizers, which may take as long as any code.
            let number = beginTurn()
            let reaped = kernel.reap(on: thread)
            if !endTurn(number) {
                outcome = .lost
                return .lost
            }
            if !reaped { return outcome }
            outcome = .more
            if KernelClock.nanoseconds - began >= limit { return outcome }
        }
        return outcome
    }

    private func runSuspendedSlice(_ now: UInt64, _ thread: TurnThread) -> RunOutcome {
        guard let cell = kernel.takeSuspended() else { return .idle }
        lastSuspendedSlice = now
        return runTurn(cell, now, thread) == nil ? .lost : .more
    }

    /// Runs a service for a while; answers when it ended, nil when the role was lost meanwhile.
    private func runTurn(_ cell: ServiceCell, _ now: UInt64, _ thread: TurnThread) -> UInt64? {
        let number = beginTurn()
        let (action, ended) = handleMessages(of: cell, now, thread)
        let isHeld = endTurn(number)
        // From the queue on the service may be run by anybody.
        if action == .enqueue { putBack(cell, isHeld: isHeld) }
        return isHeld ? ended : nil
    }

    /// Runs a service that is taken to block, on a thread that holds no worker: what it makes ready comes to this one.
    func runDetached(_ cell: ServiceCell, on thread: TurnThread) {
        let now = KernelClock.nanoseconds
        let (action, _) = handleMessages(of: cell, now, thread)
        if action == .enqueue { putBack(cell, isHeld: false) }
    }

    /// One turn, on whatever thread. When it ends with nothing left to do, somebody else may be running the service
    /// already.
    private func handleMessages(
        of cell: ServiceCell,
        _ now: UInt64,
        _ thread: TurnThread
    ) -> (MailboxState.Action, ended: UInt64) {
        cell.mailbox.withLock { $0.state.began() }
        cell.turnBegan = now
        // A retired service is not resumed: killing one that spins ends the spinning.
        if cell.isSuspended, !cell.isRetired.load(ordering: .relaxed) {
            thread.current.store(cell.progress, ordering: .relaxed)
            cell.isSuspended = cell.service.resume(on: self) == .suspended
        }
        receiveMessages(cell, thread)
        thread.submit()
        let ended = KernelClock.nanoseconds
        cell.spentNanoseconds += ended - now
        if kernel.hasSpares { judge(cell, after: ended - now, thread) }
        let action = end(cell)
        if action == .retire { kernel.clear(cell, on: self) }
        thread.current.store(0, ordering: .relaxed)
        return (action, ended)
    }

    /// What kept a service from its thread is not what the service did.
    @inline(__always)
    private func judge(_ cell: ServiceCell, after nanoseconds: UInt64, _ thread: TurnThread) {
        let others = nanoseconds < BlockingMark.long ? 0 : min(nanoseconds, thread.takeWait())
        cell.blocking.turnEnded(after: nanoseconds - others, isSuspended: cell.isSuspended)
    }

    @inline(__always)
    private func receiveMessages(_ cell: ServiceCell, _ thread: TurnThread) {
        var left = Self.turnLength
        while !cell.isSuspended, left > 0, cell.reads {
            if cell.batch.isEmpty {
                let isFilled = kernel.refill(cell)
                let waiting = isFilled ? cell.batch.count - 1 : 0
                if cell.gauge.measure(waiting) { kernel.observer.mailboxOverloaded(cell.handle, waiting: waiting) }
                if !isFilled { return }
            }
            let message = cell.batch.removeFirst()
            left -= 1
            // Many messages that take a while each are not to look like one that blocks.
            if left % 4 == 0, KernelClock.nanoseconds - cell.turnBegan > Self.budget { left = 0 }
            cell.messages += 1
            cell.currentSource.store(message.source.rawValue, ordering: .relaxed)
            thread.current.store(cell.progress, ordering: .relaxed)
            cell.tap?.message(message)
            cell.isSuspended = cell.service.receive(message, on: self) == .suspended
        }
    }

    private func end(_ cell: ServiceCell) -> MailboxState.Action {
        cell.mailbox.withLock { mailbox in
            mailbox.state.ended(more: cell.isSuspended || !cell.batch.isEmpty || !mailbox.inbox.isEmpty)
        }
    }

    private func putBack(_ cell: ServiceCell, isHeld: Bool) {
        if cell.blocking.isSet {
            kernel.enqueueBlocking(cell)
        } else if cell.isSuspended {
            kernel.addSuspended(cell, by: isHeld ? self : nil)
        } else if isHeld {
            queue.withLock { $0.append(cell) }
        } else {
            enqueue(cell)
        }
    }
}

/// Whoever holds the role of a ``Worker``: an event loop, mostly.
public protocol WorkerHolder: AnyObject, Sendable {
    /// Arranges that ``Worker/run(on:)`` is called in `delay` nanoseconds, 0 meaning as soon as the thread is free. Any
    /// thread may call.
    func wake(after delay: UInt64)
}
