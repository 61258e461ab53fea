// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import CEpoll
import Glibc

/// One level-triggered epoll set; each descriptor is known by the token it was added with.
struct Poller: ~Copyable {
    private let descriptor: CInt
    private var events: [epoll_event]

    init(capacity: Int) throws(LoadError) {
        descriptor = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw SystemCalls.failure("epoll_create1", errno) }
        events = Array(repeating: epoll_event(), count: capacity)
    }

    deinit {
        close(descriptor)
    }

    borrowing func add(_ socket: CInt, token: Int) throws(LoadError) {
        try control(EPOLL_CTL_ADD, socket, token, writable: false)
    }

    /// Also reports when the socket takes bytes again, or stops doing so.
    borrowing func watch(_ socket: CInt, token: Int, writable: Bool) throws(LoadError) {
        try control(EPOLL_CTL_MOD, socket, token, writable: writable)
    }

    /// Waits for at most `milliseconds` and returns how many descriptors are ready.
    mutating func wait(milliseconds: Int) throws(LoadError) -> Int {
        let count = epoll_wait(descriptor, &events, CInt(events.count), CInt(milliseconds))
        if count >= 0 { return Int(count) }
        guard errno == EINTR else { throw SystemCalls.failure("epoll_wait", errno) }
        return 0
    }

    /// The token of a ready descriptor, with `index` below what ``wait(milliseconds:)`` returned.
    borrowing func readyToken(_ index: Int) -> Int {
        Int(truncatingIfNeeded: events[index].data.u64)
    }

    borrowing func isWritable(_ index: Int) -> Bool {
        events[index].events & EPOLLOUT.rawValue != 0
    }

    private borrowing func control(
        _ operation: CInt,
        _ socket: CInt,
        _ token: Int,
        writable: Bool
    ) throws(LoadError) {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | (writable ? EPOLLOUT.rawValue : 0)
        event.data.u64 = UInt64(token)
        guard epoll_ctl(descriptor, operation, socket, &event) == 0 else {
            throw SystemCalls.failure("epoll_ctl", errno)
        }
    }
}
