// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

/// The system calls of this room. Each reads errno before anything else can disturb it.
enum SystemCalls {
    /// Sends one datagram without waiting.
    static func sendDatagram(
        _ descriptor: Int32,
        _ bytes: UnsafeRawBufferPointer,
        to address: SystemAddress
    ) -> WriteOutcome? {
        while true {
            let count = address.withPointer {
                sendto(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), $0, $1)
            }
            if count >= 0 { return .wrote(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return nil
            case let code: return .failed(code)
            }
        }
    }

    /// What a write came to; 0 bytes when the kernel would have blocked.
    enum WriteOutcome {
        case wrote(Int)
        case failed(Int32)
    }

    /// Sends without raising SIGPIPE and without waiting.
    @inline(__always)
    static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> WriteOutcome {
        while true {
            let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if count >= 0 { return .wrote(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wrote(0)
            case let code: return .failed(code)
            }
        }
    }

    /// Whether there are bytes that nobody has read.
    static func hasInput(_ descriptor: Int32) -> Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
    }

    /// Tells the peer that nothing more will come, once it has got what was sent; false when there is no peer.
    static func finishSending(_ descriptor: Int32) -> Bool {
        Glibc.shutdown(descriptor, Int32(SHUT_WR)) == 0
    }

    /// Nanoseconds of the monotonic clock, a few milliseconds behind at worst, for a fifth of the price.
    @inline(__always)
    static func coarseClock() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &now)
        return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
    }

    /// Bytes that a socket has taken and its peer's system has not acknowledged; 0 for what is no connection.
    static func undelivered(_ descriptor: Int32) -> Int {
        var count: Int32 = 0
        return descriptor >= 0 && ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : 0
    }

    /// The text of an error number.
    static func text(of code: Int32) -> String {
        // strerror is free of races for the numbers the kernel gives: their texts are constants.
        strerror(code).map { String(cString: $0) } ?? "Unknown error"
    }

    /// A datagram socket without an address, which does not block and is not inherited by children.
    static func datagramSocket(family: Int32) -> Result<Int32, SystemError> {
        let flags = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, flags, 0)
        return descriptor >= 0 ? .success(descriptor) : .failure(SystemError(errno))
    }

    /// A second descriptor for the same thing, not inherited by children.
    static func duplicate(_ descriptor: Int32) -> Result<Int32, SystemError> {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        return copy >= 0 ? .success(copy) : .failure(SystemError(errno))
    }

    /// Whether an event loop can watch a descriptor. epoll refuses files, and devices such as /dev/null that are
    /// never not ready; NIO takes that refusal for a broken promise and ends the process, so it is foreseen here.
    static func canBeWatched(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        switch status.st_mode & S_IFMT {
        case S_IFSOCK, S_IFIFO: return true
        case S_IFCHR: return status.st_rdev >> 8 != memoryDevices
        default: return false
        }
    }

    /// The major number of /dev/null and its kin.
    private static let memoryDevices: dev_t = 1

    /// Which directions a descriptor was opened for.
    static func access(of descriptor: Int32) -> (reads: Bool, writes: Bool) {
        let mode = fcntl(descriptor, F_GETFL) & O_ACCMODE
        return (mode != O_WRONLY, mode != O_RDONLY)
    }

    /// A socket that is bound, does not block and is not inherited by children.
    static func boundSocket(_ address: SystemAddress, type: __socket_type) -> Result<Int32, SystemError> {
        let flags = Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, flags, 0)
        guard descriptor >= 0 else { return .failure(SystemError(errno)) }
        enable(SO_REUSEADDR, on: descriptor)
        let status = address.withPointer { bind(descriptor, $0, $1) }
        guard status == 0 else { return .failure(closing(descriptor)) }
        return .success(descriptor)
    }

    /// Listens; accepted sockets inherit keep-alive from the listener.
    static func startListening(_ descriptor: Int32, backlog: Int32) -> Result<Void, SystemError> {
        enable(SO_KEEPALIVE, on: descriptor)
        guard listen(descriptor, backlog) == 0 else { return .failure(closing(descriptor)) }
        return .success(())
    }

    static func enable(_ option: Int32, level: Int32 = SOL_SOCKET, on descriptor: Int32) {
        var one: Int32 = 1
        setsockopt(descriptor, level, option, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Closes after a failure and keeps the reason, which `close` may overwrite.
    private static func closing(_ descriptor: Int32) -> SystemError {
        let reason = SystemError(errno)
        Glibc.close(descriptor)
        return reason
    }
}

/// A refusal of the operating system.
struct SystemError: Error, Equatable {
    let code: Int32
    init(_ code: Int32) { self.code = code }
    var text: String { SystemCalls.text(of: code) }
}
