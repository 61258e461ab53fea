// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import DequeModule
internal import Synchronization

/// Delivers messages to services, one at a time each.
///
/// The room's face. The kernel knows addresses, names, mailboxes, timers and workers; it has never heard of Lua or of
/// sockets. Its laws: a service is run by at most one thread at a time; messages between two services arrive in the
/// order sent; a message owns its body.
///
/// Unchecked: `workers` and `monitor` are complete before `init` returns; everything else is locked or atomic.
public final class Kernel: @unchecked Sendable {
    public let clock = KernelClock()
    public let harbor: UInt8
    public private(set) var workers: [Worker] = []
    public private(set) var monitor: TurnMonitor!
    let observer: any KernelObserver

    private let cells: Mutex<HandleTable<ServiceCell>>
    private let names = Mutex(NameTable())
    private let gateway = Mutex<(any RemoteGateway)?>(nil)
    /// Services that were launched and are not cleared yet: their addresses go earlier.
    private let population = Atomic<Int>(0)
    let timers = Mutex(PendingTimers())
    /// When the earliest timer is due, in nanoseconds of the monotonic clock; `.max` without timers.
    let timerDeadline = Atomic<UInt64>(.max)
    /// Services that were suspended in the middle of a message.
    private let suspended = Mutex(UniqueDeque<ServiceCell>())
    private let suspendedCount = Atomic<Int>(0)
    let retired = RetiredServices()
    let blocking = BlockingQueue()
    private let askSpare: (@Sendable () -> Void)?
    /// Whether there are threads without a worker.
    let hasSpares: Bool
    private let threads = Mutex<[TurnThread]>([])
    private let nextWorker = Atomic<Int>(0)

    /// - Parameters:
    ///   - workers: how many threads there will be; each worker must be given its thread before the first launch.
    ///   - wakeMonitor: called when ``monitor`` is to be sampled again.
    ///   - takeover: gives a worker whose turn has lasted too long to another thread, by ``Worker/takeOver(_:)`` with
    ///     the turn it is told, if it has a thread for it. Called by whoever samples the monitor.
    ///   - wakeSpare: called when ``runBlocking(on:)`` is to be called by a thread that holds no worker; any thread may
    ///     call, in the middle of whatever it does. Without it no service is taken to block.
    public init(
        workers count: Int,
        harbor: UInt8,
        observer: any KernelObserver,
        wakeMonitor: @escaping @Sendable () -> Void,
        takeover: @escaping @Sendable (Worker, UInt64) -> Bool = { _, _ in false },
        wakeSpare: (@Sendable () -> Void)? = nil
    ) {
        self.harbor = harbor
        askSpare = wakeSpare
        hasSpares = wakeSpare != nil
        self.observer = observer
        cells = Mutex(HandleTable(harbor: harbor))
        workers = (0..<count).map { Worker(index: $0, kernel: self) }
        monitor = TurnMonitor(kernel: self, wake: wakeMonitor, takeover: takeover)
    }

    // MARK: - Services

    /// Gives a new service its address.
    ///
    /// - Parameter make: makes the service; it may already send messages to its address.
    /// - Returns: the address, or nil when there is none left.
    public func launch(
        on worker: Worker? = nil,
        _ make: (ServiceHandle) throws -> any Service
    ) rethrows -> ServiceHandle? {
        var cell: ServiceCell?
        let handle = cells.withLock { cells in
            cells.insert { handle in
                let created = ServiceCell(handle: handle)
                cell = created
                return created
            }
        }
        guard let cell, let handle else { return nil }
        population.add(1, ordering: .relaxed)
        do {
            cell.complete(try make(handle))
        } catch {
            abandon(cell, from: worker)
            throw error
        }
        let action = cell.mailbox.withLock { $0.state.started(waiting: !$0.inbox.isEmpty) }
        if action == .enqueue { (worker ?? anyWorker).enqueueStart(of: cell) }
        return handle
    }

    /// Takes a service out of the node: its address and names are gone at once; the message in hand ends first.
    @discardableResult
    public func retire(_ handle: ServiceHandle, from worker: Worker? = nil) -> Bool {
        guard let cell = cells.withLock({ $0.remove(handle) }) else { return false }
        names.withLock { $0.remove(handle) }
        cell.isRetired.store(true, ordering: .relaxed)
        let action = cell.mailbox.withLock { $0.state.retire() }
        if action == .enqueue { enqueue(cell, from: worker) }
        return true
    }

    /// Retires every service, in the order of their slots but for `last`. The observer hears when they are gone, also
    /// if there are none.
    public func retireAll(last: [ServiceHandle] = [], from worker: Worker? = nil) {
        for handle in handles where !last.contains(handle) { retire(handle, from: worker) }
        for handle in last { retire(handle, from: worker) }
        if population.load(ordering: .relaxed) == 0 { observer.kernelEmptied() }
    }

    /// Whether a worker has more ready services than it gets to in half a millisecond.
    public var isOverloaded: Bool { workers.contains { $0.hasTooMany } }

    public func exists(_ handle: ServiceHandle) -> Bool { cell(handle) != nil }

    /// The service at an address, if it lives.
    public func service(_ handle: ServiceHandle) -> (any Service)? { cell(handle)?.service }

    /// All addresses in use.
    public var handles: [ServiceHandle] { cells.withLock { $0.values }.map(\.handle) }

    // MARK: - Names

    public func handle(named name: String) -> ServiceHandle? { names.withLock { $0.handle(name) } }

    /// False when the name is taken.
    public func bind(_ name: String, to handle: ServiceHandle) -> Bool { names.withLock { $0.bind(name, to: handle) } }

    // MARK: - Messages

    /// Names who takes the messages for other nodes, which are dead addresses without one.
    public func connect(to gateway: any RemoteGateway) { self.gateway.withLock { $0 = gateway } }

    /// Whether an address belongs to another node.
    @inlinable public func isRemote(_ handle: ServiceHandle) -> Bool { handle.harbor != 0 && handle.harbor != harbor }

    /// What became of a message.
    public enum Delivery: Sendable {
        case delivered
        /// It is in the mailbox, and with it more than should be: who can, holds back until the observer is told that
        /// there is room (``KernelObserver/mailboxHasRoom(_:)``).
        case deliveredToFull
        /// Nobody lives there; the message is dropped.
        case refused
    }

    /// Puts a message in the mailbox of `handle`, or hands it to the gateway when that is another node's. Never blocks.
    ///
    /// - Parameter worker: the worker whose thread this is, if it is one.
    /// - Returns: false when nobody lives there; the message is then dropped.
    @discardableResult
    public func send(_ message: consuming Message, to handle: ServiceHandle, from worker: Worker?) -> Bool {
        deliver(message, to: handle, from: worker) != .refused
    }

    /// As ``send(_:to:from:)``.
    public func deliver(_ message: consuming Message, to handle: ServiceHandle, from worker: Worker?) -> Delivery {
        guard let cell = cell(handle) else {
            return send(message, abroad: handle, from: worker) ? .delivered : .refused
        }
        var slot: Message? = message
        var isFull = false
        let action = cell.mailbox.withLock { mailbox in
            let action = mailbox.state.delivered()
            if action != .reject, let message = slot.take() { isFull = mailbox.append(message) }
            return action
        }
        if action == .enqueue { enqueue(cell, from: worker) }
        guard let rejected = slot.take() else { return isFull ? .deliveredToFull : .delivered }
        observer.messageDropped(rejected)
        return .refused
    }

    /// Whether so much waits in a mailbox that senders should hold back.
    public func isFull(_ handle: ServiceHandle) -> Bool { cell(handle)?.mailbox.withLock { $0.isFull } ?? false }

    private func send(_ message: consuming Message, abroad handle: ServiceHandle, from worker: Worker?) -> Bool {
        guard isRemote(handle), let gateway = gateway.withLock({ $0 }) else {
            observer.messageDropped(message)
            return false
        }
        gateway.forward(message, to: handle, from: worker)
        return true
    }

    /// Ends a message that nobody is going to read.
    public func drop(_ message: consuming Message) { observer.messageDropped(message) }

    /// Sees every message of a service from now on, or none with nil. False when nobody lives there.
    public func tap(_ handle: ServiceHandle, with tap: (any MessageTap)?) -> Bool {
        guard let cell = cell(handle) else { return false }
        cell.mailbox.withLock { $0.tap = tap }
        return true
    }

    /// Makes the thread that runs a service, if one does, notice a request left in it.
    public func interruptRunner(of handle: ServiceHandle) {
        for thread in threads.withLock({ $0 }) where thread.service == handle { thread.interrupt() }
    }

    /// Makes a thread known that is going to run turns; it stays known for the life of the kernel.
    public func add(_ thread: TurnThread) { threads.withLock { $0.append(thread) } }

    /// What is known about the service that calls, while it handles a message.
    public func statistics(of handle: ServiceHandle) -> ServiceStatistics? {
        guard let cell = cell(handle) else { return nil }
        return ServiceStatistics(
            waiting: cell.waiting,
            messages: cell.messages,
            spentNanoseconds: cell.spentNanoseconds,
            turnNanoseconds: KernelClock.nanoseconds - cell.turnBegan
        )
    }

    /// Whether the monitor found the service in an endless message since this was asked last.
    public func takeEndless(_ handle: ServiceHandle) -> Bool {
        cell(handle)?.isEndless.exchange(false, ordering: .relaxed) ?? false
    }
}

// MARK: - For workers and the monitor

extension Kernel {
    @inline(__always)
    func cell(_ handle: ServiceHandle) -> ServiceCell? { cells.withLock { $0.value(handle) } }

    /// Queues a ready service where it was made ready, so that work stays on the thread that has it in its caches.
    func enqueue(_ cell: ServiceCell, from worker: Worker?) {
        if cell.blocking.isSet {
            enqueueBlocking(cell)
        } else {
            (worker ?? anyWorker).enqueue(cell)
        }
    }

    /// The workers in turn.
    var anyWorker: Worker {
        let turn = nextWorker.wrappingAdd(1, ordering: .relaxed).newValue
        return workers[abs(turn % workers.count)]
    }

    func wakeSpare() { askSpare?() }

    func noteActivity() { monitor.noteActivity() }

    /// Whether a worker or a service that blocks runs, or is about to.
    public var isAwake: Bool {
        blocking.isInUse || workers.contains { $0.isAwake.load(ordering: .sequentiallyConsistent) }
    }

    /// Finds work for a worker that has none.
    func steal(for idle: Worker) -> ServiceCell? {
        for worker in workers where worker !== idle {
            if let cell = worker.giveUpOne() { return cell }
        }
        return nil
    }

    func wakeHelper(of busy: Worker?) {
        for worker in workers where worker !== busy {
            if worker.wake() { return }
        }
    }

    // MARK: Suspended services

    var hasSuspended: Bool { suspendedCount.load(ordering: .relaxed) > 0 }

    /// - Parameter worker: the worker that the calling thread holds, nil if none: that one goes on anyway.
    func addSuspended(_ cell: ServiceCell, by worker: Worker?) {
        suspended.withLock { $0.append(cell) }
        suspendedCount.add(1, ordering: .sequentiallyConsistent)
        wakeHelper(of: worker)
    }

    func takeSuspended() -> ServiceCell? {
        if !hasSuspended { return nil }
        guard let cell = suspended.withLock({ $0.popFirst() }) else { return nil }
        suspendedCount.subtract(1, ordering: .relaxed)
        return cell
    }

    /// Which messages are in hand, or suspended.
    var progress: [UInt64] {
        var progress = threads.withLock { $0 }.map { $0.current.load(ordering: .relaxed) }.filter { $0 != 0 }
        suspended.withLock { cells in
            for index in cells.indices { progress.append(cells[index].progress) }
        }
        blocking.addProgress(to: &progress)
        return progress
    }

    func reportEndless(_ handle: ServiceHandle, version: Int) {
        guard let cell = cell(handle) else { return }
        cell.isEndless.store(true, ordering: .relaxed)
        let source = ServiceHandle(rawValue: cell.currentSource.load(ordering: .relaxed))
        observer.messageEndless(from: source, to: handle, version: version)
    }

    /// Takes what waits for a service; false when nothing does.
    @inline(__always)
    func refill(_ cell: ServiceCell) -> Bool {
        let refill = cell.refill()
        if refill == .someAfterTooMuch { observer.mailboxHasRoom(cell.handle) }
        return refill != .nothing
    }

    // MARK: The end of a service

    /// A service could not be made: who wrote to it meanwhile learns that it is not there.
    private func abandon(_ cell: ServiceCell, from worker: Worker?) {
        _ = cells.withLock { $0.remove(cell.handle) }
        names.withLock { $0.remove(cell.handle) }
        _ = cell.mailbox.withLock { $0.state.retire() }
        while refill(cell) {
            while let message = cell.batch.popFirst() { refuse(message, for: cell, from: worker) }
        }
        depart()
    }

    func depart() {
        if population.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { observer.kernelEmptied() }
    }

    /// Answers a message nobody will read. Replies and errors are not answered: two dying services would have no end
    /// of it (skynet does answer them).
    func refuse(_ message: consuming Message, for cell: ServiceCell, from worker: Worker?) {
        let (type, source, session) = (message.type, message.source, message.session)
        observer.messageDropped(message)
        // The session of a multicast is the number of its channel.
        if source == .none || type == .response || type == .error || type == .multicast { return }
        send(Message(type: .error, source: cell.handle, session: session), to: source, from: worker)
    }
}
