// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import CEpoll
internal import Glibc

/// What a descriptor is ready for.
struct Readiness: OptionSet, Sendable {
    let rawValue: UInt32

    /// Bytes, a connection or the end of the stream can be read.
    static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// The peer has finished sending.
    static let finished = Readiness(rawValue: EPOLLRDHUP.rawValue)
    /// Both directions are gone.
    static let hungUp = Readiness(rawValue: EPOLLHUP.rawValue)
    static let failed = Readiness(rawValue: EPOLLERR.rawValue)
}

/// Whoever a loop tells that its descriptor is ready; on the loop, in the order in which the kernel told.
protocol Watcher: AnyObject {
    func ready(_ readiness: Readiness)
}

/// The place of a descriptor in a poller. A stale one, whose descriptor was removed, matches nothing.
struct WatchToken: Equatable, Sendable {
    fileprivate let slot: UInt32
    fileprivate let generation: UInt32

    fileprivate var packed: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
    fileprivate init(packed: UInt64) {
        self.init(slot: UInt32(truncatingIfNeeded: packed), generation: UInt32(packed >> 32))
    }
    fileprivate init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
}

/// One edge-triggered epoll set, and a descriptor of its own by which it is woken.
///
/// Edge-triggered, so that nobody has to tell the kernel again what is wanted: a socket is registered once and lives
/// without another `epoll_ctl`. The price is that whoever does not read to the end must remember that there is more
/// (see ``SocketLoop/again(_:)``).
struct Poller: ~Copyable {
    private struct Slot {
        var watcher: (any Watcher)?
        var generation: UInt32 = 0
    }

    private let descriptor: Int32
    private let wakeDescriptor: Int32
    private var events: UnsafeMutableBufferPointer<epoll_event>
    private var slots: [Slot] = []
    private var free: [UInt32] = []

    private static let wakeToken = UInt64.max

    init(capacity: Int = 1024) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        precondition(descriptor >= 0 && wakeDescriptor >= 0, "An event loop needs two descriptors at its start.")
        events = .allocate(capacity: capacity)
        events.initialize(repeating: epoll_event())
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLET.rawValue
        event.data.u64 = Self.wakeToken
        epoll_ctl(descriptor, EPOLL_CTL_ADD, wakeDescriptor, &event)
    }

    deinit {
        events.deallocate()
        close(descriptor)
        close(wakeDescriptor)
    }

    // MARK: Any thread

    /// The descriptor to write to for ``wake(_:)``.
    var wakeHandle: Int32 { wakeDescriptor }

    /// Ends the wait of the poller with this wake handle. Edge-triggered, so nobody has to read the counter.
    static func wake(_ handle: Int32) { eventfd_write(handle, 1) }

    // MARK: For the holder of the loop

    /// Watches a descriptor for whatever can be read. Nil with the reason in errno when the kernel refuses.
    mutating func add(_ watched: Int32, _ watcher: any Watcher) -> WatchToken? {
        let slot = free.popLast() ?? UInt32(slots.count)
        if slot == slots.count { slots.append(Slot()) }
        let token = WatchToken(slot: slot, generation: slots[Int(slot)].generation)
        guard control(EPOLL_CTL_ADD, watched, token, alsoFor: []) else {
            free.append(slot)
            return nil
        }
        slots[Int(slot)].watcher = watcher
        return token
    }

    /// Also tells when the descriptor takes bytes again, from now on: few sockets ever need it.
    func watchWritable(_ token: WatchToken, _ watched: Int32) {
        guard isCurrent(token) else { return }
        _ = control(EPOLL_CTL_MOD, watched, token, alsoFor: .writable)
    }

    private func control(_ operation: Int32, _ watched: Int32, _ token: WatchToken, alsoFor more: Readiness) -> Bool {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue | more.rawValue
        event.data.u64 = token.packed
        return epoll_ctl(descriptor, operation, watched, &event) == 0
    }

    /// Another watcher hears of the descriptor from now on.
    mutating func replace(_ token: WatchToken, with watcher: any Watcher) {
        guard isCurrent(token) else { return }
        slots[Int(token.slot)].watcher = watcher
    }

    /// Forgets a descriptor, which must still be open.
    mutating func remove(_ token: WatchToken, _ watched: Int32) {
        guard isCurrent(token) else { return }
        // A duplicate may keep the file description, and with it the registration, alive: so it is taken out by hand.
        epoll_ctl(descriptor, EPOLL_CTL_DEL, watched, nil)
        slots[Int(token.slot)].watcher = nil
        slots[Int(token.slot)].generation &+= 1
        free.append(token.slot)
    }

    func watcher(of token: WatchToken) -> (any Watcher)? {
        isCurrent(token) ? slots[Int(token.slot)].watcher : nil
    }

    private func isCurrent(_ token: WatchToken) -> Bool {
        slots[Int(token.slot)].generation == token.generation
    }

    /// Waits until something is ready, for at most so many milliseconds (-1: without end). Answers how much is.
    mutating func wait(milliseconds: Int32) -> Int {
        let count = epoll_wait(descriptor, events.baseAddress, Int32(events.count), milliseconds)
        // EINTR is the only failure: a signal that a thread got while it waited.
        return max(Int(count), 0)
    }

    /// What is ready, with `index` below what ``wait(milliseconds:)`` answered; nil for the wake-up and for a
    /// descriptor that was removed since.
    @inline(__always)
    func event(_ index: Int) -> (any Watcher, Readiness)? {
        let event = events[index]
        if event.data.u64 == Self.wakeToken { return nil }
        guard let watcher = watcher(of: WatchToken(packed: event.data.u64)) else { return nil }
        return (watcher, Readiness(rawValue: event.events))
    }
}
