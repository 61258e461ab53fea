// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import CEpoll
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

    /// As ``send(_:_:)`` for a descriptor that need not be a socket.
    static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> WriteOutcome {
        while true {
            let count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            if count >= 0 { return .wrote(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wrote(0)
            case let code: return .failed(code)
            }
        }
    }

    /// What a read came to.
    enum ReadOutcome {
        case read(Int)
        case endOfStream
        /// Nothing is there.
        case nothing
        case failed(Int32)
    }

    /// Reads from any descriptor without waiting.
    @inline(__always)
    static func read(_ descriptor: Int32, _ target: UnsafeMutableRawBufferPointer) -> ReadOutcome {
        while true {
            let count = Glibc.read(descriptor, target.baseAddress, target.count)
            if count > 0 { return .read(count) }
            if count == 0 { return .endOfStream }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothing
            case let code: return .failed(code)
            }
        }
    }

    /// Shows what would be read from a socket, and leaves it there.
    static func peek(_ descriptor: Int32, _ target: UnsafeMutableRawBufferPointer) -> ReadOutcome {
        while true {
            let count = recv(descriptor, target.baseAddress, target.count, Int32(MSG_PEEK))
            if count > 0 { return .read(count) }
            if count == 0 { return .endOfStream }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothing
            case let code: return .failed(code)
            }
        }
    }

    /// Takes one datagram; nil when none is there.
    static func receiveDatagram(
        _ descriptor: Int32,
        _ target: UnsafeMutableRawBufferPointer
    ) -> Result<(count: Int, sender: SystemAddress), SystemError>? {
        while true {
            var count = 0
            let sender = SystemAddress { address, length in
                count = recvfrom(descriptor, target.baseAddress, target.count, 0, address, length)
                return count >= 0
            }
            if let sender { return .success((count, sender)) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return nil
            case let code: return .failure(SystemError(code))
            }
        }
    }

    /// Takes one connection, which does not block and is not inherited by children; nil when none waits.
    static func accept(_ descriptor: Int32) -> Result<(descriptor: Int32, peer: SystemAddress), SystemError>? {
        while true {
            var accepted: Int32 = -1
            let peer = SystemAddress { address, length in
                accepted = accept4(
                    descriptor,
                    address,
                    length,
                    Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
                )
                return accepted >= 0
            }
            if let peer { return .success((accepted, peer)) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return nil
            case let code: return .failure(SystemError(code))
            }
        }
    }

    /// A connection that has begun, on a socket that does not block; how it ends is seen by its becoming writable.
    static func beginConnecting(to address: SystemAddress) -> Result<Int32, SystemError> {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, flags, 0)
        guard descriptor >= 0 else { return .failure(SystemError(errno)) }
        enable(SO_KEEPALIVE, on: descriptor)
        let status = address.withPointer { connect(descriptor, $0, $1) }
        guard status == 0 || errno == EINPROGRESS else { return .failure(closing(descriptor)) }
        return .success(descriptor)
    }

    /// The error a socket keeps for whoever asks, which clears it; nil for none.
    static func pendingError(_ descriptor: Int32) -> SystemError? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0, code != 0 else { return nil }
        return SystemError(code)
    }

    /// Reads and writes on it no longer wait; false for what is no open descriptor.
    static func stopBlocking(_ descriptor: Int32) -> Bool {
        let flags = fcntl(descriptor, F_GETFL)
        return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0
    }

    static func isSocket(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    /// Whether a path is that of a socket.
    static func isSocket(path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    /// Whether somebody listens at the path of a socket.
    static func isAlive(_ address: SystemAddress) -> Bool {
        guard case .success(let descriptor) = beginConnecting(to: address) else { return errno != ECONNREFUSED }
        Glibc.close(descriptor)
        return true
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

    /// Bytes that a socket has taken and its peer's system has not acknowledged; 0 for what is no connection.
    static func undelivered(_ descriptor: Int32) -> Int {
        var count: Int32 = 0
        return ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : 0
    }

    /// Nanoseconds of the monotonic clock.
    @inline(__always)
    static func clock() -> UInt64 { clock(CLOCK_MONOTONIC) }

    /// Nanoseconds of the monotonic clock, a few milliseconds behind at worst, for a fifth of the price.
    @inline(__always)
    static func coarseClock() -> UInt64 { clock(CLOCK_MONOTONIC_COARSE) }

    @inline(__always)
    private static func clock(_ clock: clockid_t) -> UInt64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
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

    /// Whether a descriptor was opened for reading.
    static func isForReading(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFL) & O_ACCMODE != O_WRONLY }

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
        _ = set(option, level: level, to: 1, on: descriptor)
    }

    /// False with the reason in errno.
    static func set(_ option: Int32, level: Int32, to value: Int32, on descriptor: Int32) -> Bool {
        var value = value
        return setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
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
