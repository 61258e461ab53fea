// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import Synchronization

/// What the services on one thread ask of sockets in the course of a turn, in order, carried out before the turn ends.
///
/// So everything sent to a socket in a turn leaves in one write, the sockets of a turn in the order of their first
/// write, whichever loops they live on, and nothing that a service sent is overtaken by what it sends in its next turn.
/// A thread that was never given one carries everything out at once.
public final class SubmissionQueue: Sendable {
    private enum Entry: Sendable {
        case write(StreamSocket)
        case command(any DriverSocket, SocketCommand)
    }

    private struct State: Sendable {
        var entries: [Entry] = []
        /// An emptied list of an earlier turn, kept for its storage.
        var spareEntries: [Entry] = []
        var spareStorage: [StagedOutput] = []
        var isDetached = false
        /// How often the thread was given a loop.
        var generation = 0

        mutating func takeEntries() -> [Entry] {
            let taken = entries
            entries = exchange(&spareEntries, with: [])
            return taken
        }
    }

    private let state = Mutex(State())
    /// Held while another thread carries out what was collected: what the own thread asks for next comes behind it.
    private let detaching = Mutex(())

    /// The most emptied buffers that are kept for later turns.
    private static let spares = 256

    public init() {}

    // MARK: The thread's own

    /// Makes this the queue of the calling thread, which must keep it alive until it ends.
    public func activate() { ThreadSlot.set(self) }

    /// Leaves the calling thread without a queue.
    static func deactivate() { ThreadSlot.set(nil) }

    static var current: SubmissionQueue? { ThreadSlot.get() }

    /// Collects again; the thread has a loop (again).
    public func attach() {
        state.withLock { state in
            state.isDetached = false
            state.generation += 1
        }
    }

    /// Carries out what was collected. When it returns, everything the thread asked for has been.
    public func submit() {
        // Nobody else adds, so an empty list needs no exchange of lists.
        guard var entries = state.withLock({ $0.entries.isEmpty ? nil : $0.takeEntries() }) else {
            // Another thread may be at it.
            if state.withLock({ $0.isDetached }) { detaching.withLock { _ in } }
            return
        }
        for entry in entries { Self.carryOut(entry) }
        entries.removeAll(keepingCapacity: entries.capacity <= 1024)
        state.withLock { $0.spareEntries = entries }
    }

    // MARK: Any thread

    /// How often the thread was given a loop, for ``detach(ifStillAt:)``.
    public var generation: Int { state.withLock { $0.generation } }

    /// The thread is stuck in its turn and its loop goes on without it: carries out what it has collected so far, and
    /// lets it do the rest at once, as a thread without a queue does. Nothing happens when it has a loop again.
    public func detach(ifStillAt generation: Int) {
        detaching.withLock { _ in
            let entries = state.withLock { state -> [Entry] in
                guard state.generation == generation else { return [] }
                state.isDetached = true
                return state.takeEntries()
            }
            for entry in entries { Self.carryOut(entry) }
        }
    }

    /// A buffer for the first bytes of a socket's turn. The caller holds the lock of the socket; the order of the locks
    /// is always socket, then queue.
    @inline(__always)
    func borrow() -> StagedOutput { state.withLock { $0.spareStorage.popLast() } ?? StagedOutput() }

    /// Takes a buffer back after its bytes have left.
    @inline(__always)
    func giveBack(_ storage: consuming StagedOutput) {
        var storage = storage
        guard storage.reset() else { return }
        state.withLock { state in
            if state.spareStorage.count < Self.spares { state.spareStorage.append(storage) }
        }
    }

    @inline(__always)
    func addWrite(_ socket: StreamSocket) { add(.write(socket)) }

    func add(_ command: SocketCommand, to socket: any DriverSocket) { add(.command(socket, command)) }

    @inline(__always)
    private func add(_ entry: Entry) {
        let isDetached = state.withLock { state in
            if !state.isDetached { state.entries.append(entry) }
            return state.isDetached
        }
        if isDetached { detaching.withLock { _ in Self.carryOut(entry) } }
    }

    private static func carryOut(_ entry: Entry) {
        switch entry {
        case .write(let socket): socket.flush()
        case .command(let socket, let command): socket.loop.post(command, to: socket)
        }
    }
}

/// The place where a thread keeps its queue.
///
/// Unmanaged: whoever activates a queue keeps it alive while the thread runs, so it is not counted here.
private enum ThreadSlot {
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    static func set(_ queue: SubmissionQueue?) {
        pthread_setspecific(key, queue.map { Unmanaged.passUnretained($0).toOpaque() })
    }

    @inline(__always)
    static func get() -> SubmissionQueue? {
        guard let pointer = pthread_getspecific(key) else { return nil }
        return Unmanaged<SubmissionQueue>.fromOpaque(pointer).takeUnretainedValue()
    }
}
