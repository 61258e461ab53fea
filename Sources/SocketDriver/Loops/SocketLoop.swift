// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import Synchronization

/// An event loop for sockets that is a role and not a thread.
///
/// Whoever holds it calls ``turn(_:)`` again and again: each pass waits until something is ready, does what other threads
/// asked for, reads, and then lends the thread to `work`, which runs the services that became ready. While `work` runs
/// the loop belongs to nobody: should it not return in time, another thread may ``adopt()`` the loop and go on, and the
/// pass of the first one then ends with `false`. So there is one rule: **nothing that belongs to the holder is touched
/// while `work` runs**, and everything that services ask of sockets goes through a lock, from whatever thread.
///
/// Unchecked: what is below `MARK: Holder` is touched by the holder only, which the entry points assert; the handing
/// over of the role is a barrier (see `Worker.takeOver` in the kernel, or whatever `work` is driven by).
public final class SocketLoop: @unchecked Sendable {
    /// The place of the loop in the list the driver was made with.
    public let number: Int

    private struct Inbox: Sendable {
        var entries: [Entry] = []
        /// An emptied list of an earlier pass, kept for its storage.
        var spare: [Entry] = []
    }

    private enum Entry: Sendable {
        case command(any DriverSocket, SocketCommand)
        case task(@Sendable () -> Void)
    }

    private let inbox = Mutex(Inbox())
    private let hasMail = Atomic<Bool>(false)
    private let wakeHandle: Int32
    /// The thread that holds the loop and is not lending itself to `work`; 0 for none.
    private let holder = Atomic<UInt>(0)
    /// Whether the holder waits for events, or is about to.
    private let isWaiting = Atomic<Bool>(false)
    private let workIsWanted = Atomic<Bool>(false)
    private let workDeadline = Atomic<UInt64>(.max)

    // MARK: Holder

    private var poller = Poller()
    private var tasks = ScheduledTasks()
    /// Descriptors that were not read to the end.
    private var unfinished: [WatchToken] = []
    /// Where reads end before their bytes get a block of the right size, and where small writes are gathered. Nothing
    /// is kept here across a call to anybody else.
    let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
    /// Where what is encrypted ends before it is opened; as above.
    let sealedBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
    private(set) lazy var disconnects = DisconnectQueue(loop: self)
    /// The time at the beginning of the pass, in nanoseconds of the monotonic clock.
    private var passBegan: UInt64 = 0
    /// Whether more than one descriptor was ready in this pass.
    private(set) var isShared = false

    /// How often a pass looks into the inbox again because a task put something there.
    private static let inboxRounds = 16
    /// The most scheduled tasks of one pass.
    private static let dueTaskBudget = 4096

    public init(number: Int) {
        self.number = number
        wakeHandle = poller.wakeHandle
    }

    deinit {
        readBuffer.deallocate()
        sealedBuffer.deallocate()
    }

    /// What came of the thread that was lent.
    public enum WorkOutcome: Sendable {
        /// There is nothing to do until ``wakeWork(after:)``.
        case idle
        /// There is more to do.
        case more
        /// The loop was adopted by another thread meanwhile.
        case lost
    }
}

// MARK: - Any thread

extension SocketLoop {
    /// Whether the calling thread holds the loop. False while services run, also on the holder's thread.
    @inline(__always)
    public var isHeld: Bool { holder.load(ordering: .relaxed) == UInt(pthread_self()) }

    func assertHeld() { assert(isHeld, "Called off the loop.") }

    /// Asks for `work` to be run in `delay` nanoseconds, 0 meaning as soon as the holder is free. A later wish with a
    /// delay takes the place of an earlier one with a delay.
    public func wakeWork(after delay: UInt64) {
        if delay == 0 {
            workIsWanted.store(true, ordering: .relaxed)
        } else {
            workDeadline.store(SystemCalls.clock() &+ delay, ordering: .relaxed)
        }
        endWait()
    }

    /// Runs `task` on the loop, in order with commands.
    public func run(_ task: @escaping @Sendable () -> Void) { enqueue(.task(task)) }

    func post(_ command: SocketCommand, to socket: any DriverSocket) { enqueue(.command(socket, command)) }

    private func enqueue(_ entry: Entry) {
        inbox.withLock { $0.entries.append(entry) }
        hasMail.store(true, ordering: .relaxed)
        endWait()
    }

    /// Ends the holder's wait, if there is one: what was asked for before is then found.
    private func endWait() {
        // Whoever waits has announced it before it looked for work for the last time, and we look behind having asked:
        // one of the two sees the other.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        guard isWaiting.load(ordering: .relaxed), isWaiting.exchange(false, ordering: .relaxed) else { return }
        Poller.wake(wakeHandle)
    }
}

// MARK: - Holder

extension SocketLoop {
    /// Makes the calling thread the holder. There must be none, or one that is stuck in `work`.
    public func adopt() {
        holder.store(UInt(pthread_self()), ordering: .relaxed)
        // Whoever lost the loop was asked to run what is ready, and did not get to it.
        workIsWanted.store(true, ordering: .relaxed)
    }

    /// Ends the role of the calling thread.
    public func resign() { holder.store(0, ordering: .relaxed) }

    /// One pass: waits, does what was asked for, reads, and lends the thread to `work`.
    ///
    /// - Returns: false when the loop was lost during `work`; the caller must not touch it again.
    public func turn(_ work: () -> WorkOutcome) -> Bool {
        assertHeld()
        let ready = poller.wait(milliseconds: beginWait())
        isWaiting.store(false, ordering: .relaxed)
        passBegan = SystemCalls.clock()
        isShared = ready + unfinished.count > 1
        // Before anything is read: a service that took a socket over and then spoke is the one who hears the answer, which
        // may be here by now, since its words did not wait for this loop.
        doWhatWasAsked()
        readUnfinished()
        for index in 0..<ready {
            if let (watcher, readiness) = poller.event(index) { watcher.ready(readiness) }
        }
        doWhatWasAsked()
        runDueTasks()
        guard isWorkDue() else { return true }
        let me = holder.load(ordering: .relaxed)
        holder.store(0, ordering: .relaxed)
        let outcome = work()
        if outcome == .lost { return false }
        holder.store(me, ordering: .relaxed)
        if outcome == .more { workIsWanted.store(true, ordering: .relaxed) }
        doWhatWasAsked()
        return true
    }

    private func isWorkDue() -> Bool {
        let deadline = workDeadline.load(ordering: .relaxed)
        // The exchange fails when a new wish has just come: it is kept.
        if deadline <= passBegan {
            _ = workDeadline.compareExchange(expected: deadline, desired: .max, ordering: .relaxed)
        }
        return workIsWanted.exchange(false, ordering: .relaxed) || deadline <= passBegan
    }

    /// Announces the wait and answers how long it may be, in milliseconds; -1 without end.
    private func beginWait() -> Int32 {
        if hasWork { return 0 }
        isWaiting.store(true, ordering: .relaxed)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if hasWork { return 0 }
        let next = min(tasks.next, workDeadline.load(ordering: .relaxed))
        if next == .max { return -1 }
        let now = SystemCalls.clock()
        // Rounded up: a task that is found not to be due would cost another pass.
        return next <= now ? 0 : Int32(clamping: (next - now + 999_999) / 1_000_000)
    }

    private var hasWork: Bool {
        !unfinished.isEmpty || hasMail.load(ordering: .relaxed) || workIsWanted.load(ordering: .relaxed)
    }

    private func readUnfinished() {
        if unfinished.isEmpty { return }
        for token in exchange(&unfinished, with: []) { poller.watcher(of: token)?.ready(.readable) }
    }

    private func doWhatWasAsked() {
        // Tasks that go on asking for tasks have the next pass, as everybody else has.
        var rounds = Self.inboxRounds
        while rounds > 0, hasMail.load(ordering: .relaxed), hasMail.exchange(false, ordering: .acquiring) {
            rounds -= 1
            var entries = inbox.withLock { inbox in
                let entries = inbox.entries
                inbox.entries = exchange(&inbox.spare, with: [])
                return entries
            }
            for entry in entries {
                switch entry {
                case .command(let socket, let command): socket.perform(command)
                case .task(let task): task()
                }
            }
            entries.removeAll(keepingCapacity: entries.capacity <= 1024)
            inbox.withLock { $0.spare = entries }
        }
    }

    private func runDueTasks() {
        var budget = Self.dueTaskBudget
        while budget > 0, let task = tasks.popDue(at: passBegan) {
            budget -= 1
            task()
        }
    }

    // MARK: For what lives on the loop

    func watch(_ descriptor: Int32, _ watcher: any Watcher) -> WatchToken? { poller.add(descriptor, watcher) }

    /// Also tells when the descriptor takes bytes (again).
    func watchWritable(_ token: WatchToken, _ descriptor: Int32) { poller.watchWritable(token, descriptor) }

    func replace(_ token: WatchToken, with watcher: any Watcher) { poller.replace(token, with: watcher) }

    /// Forgets a descriptor that is about to be closed.
    func unwatch(_ token: WatchToken, _ descriptor: Int32) { poller.remove(token, descriptor) }

    /// Tells the watcher in the next pass that there is more to read: it stopped so that others have their turn.
    func again(_ token: WatchToken) { unfinished.append(token) }

    /// Runs a task in so many nanoseconds.
    @discardableResult
    func schedule(after delay: UInt64, _ task: @escaping () -> Void) -> ScheduledTask {
        schedule(at: SystemCalls.clock() &+ delay, task)
    }

    /// Runs a task once the monotonic clock shows so many nanoseconds.
    func schedule(at deadline: UInt64, _ task: @escaping () -> Void) -> ScheduledTask {
        tasks.add(at: deadline, task)
    }
}
