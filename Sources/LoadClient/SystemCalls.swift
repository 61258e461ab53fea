// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

/// Every system call of the load client on sockets, clocks and limits, so that pointers stay in this file.
///
/// `errno` is read in the same expression statement that follows the call, before Swift can run anything else.
enum SystemCalls {
    /// What one read or write on a non-blocking socket came to.
    enum Transfer {
        case bytes(Int)
        case wouldBlock
        case ended
        case failed(CInt)
    }

    /// Monotonic time in nanoseconds.
    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    static func sleep(seconds: Double) {
        let whole = seconds.rounded(.down)
        var wanted = timespec(tv_sec: Int(whole), tv_nsec: Int((seconds - whole) * 1_000_000_000))
        var rest = timespec()
        while nanosleep(&wanted, &rest) != 0, errno == EINTR { wanted = rest }
    }

    /// Thousands of clients need thousands of descriptors; the soft limit is often far below the hard one.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Connects, waiting at most `timeout` seconds, and returns the descriptor set to non-blocking.
    ///
    /// `source` is the local address to connect from, in host order; without one the system chooses.
    static func connect(
        host: String,
        port: UInt16,
        from source: UInt32? = nil,
        timeout: Double
    ) throws(LoadError) -> CInt {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw LoadError(.badConfiguration, "\(host) is not an IPv4 address in numbers")
        }
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("socket", errno) }
        setSendTimeout(descriptor, timeout)
        if let source { bind(to: source, descriptor) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let cause = errno
            close(descriptor)
            throw failure("connect to \(host):\(port)", cause)
        }
        setNoDelay(descriptor)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    static func read(_ descriptor: CInt, into buffer: inout [UInt8]) -> Transfer {
        let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
        if count > 0 { return .bytes(count) }
        return count == 0 ? .ended : transferFailure(errno)
    }

    /// A peer that has gone must be an error here, not a signal that ends the process.
    static func write(_ descriptor: CInt, _ source: [UInt8], from offset: Int, count: Int) -> Transfer {
        let written = source.withUnsafeBytes {
            send(descriptor, $0.baseAddress?.advanced(by: offset), count, CInt(MSG_NOSIGNAL))
        }
        return written >= 0 ? .bytes(written) : transferFailure(errno)
    }

    static func close(_ descriptor: CInt) {
        Glibc.close(descriptor)
    }

    /// True while the peer keeps the connection and has sent nothing we have not read.
    static func isIdle(_ descriptor: CInt) -> Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, CInt(MSG_PEEK | MSG_DONTWAIT))
        return count < 0 && errno == EAGAIN
    }

    static func failure(_ call: String, _ cause: CInt) -> LoadError {
        LoadError(.system, "\(call): \(String(cString: strerror(cause)))")
    }

    private static func transferFailure(_ cause: CInt) -> Transfer {
        switch cause {
        case EAGAIN, EINTR: .wouldBlock
        case ECONNRESET, EPIPE: .ended
        default: .failed(cause)
        }
    }

    private static func setNoDelay(_ descriptor: CInt) {
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Chooses the local address and lets connect choose the port, which can then share it between peers.
    private static func bind(to source: UInt32, _ descriptor: CInt) {
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, &on, socklen_t(MemoryLayout<CInt>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = source.bigEndian
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// The send timeout also bounds a blocking connect.
    private static func setSendTimeout(_ descriptor: CInt, _ seconds: Double) {
        var limit = timeval(tv_sec: Int(seconds.rounded(.up)), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
}
