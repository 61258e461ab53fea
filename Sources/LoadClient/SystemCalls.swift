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

    /// Connects, and returns the descriptor; connecting and every call after it waits at most `timeout` seconds.
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
        let descriptor = try makeSocket(AF_INET, timeout)
        if let source { bind(to: source, descriptor) }
        try connect(descriptor, to: address, named: "\(host):\(port)")
        setNoDelay(descriptor)
        return descriptor
    }

    /// The same for a unix socket.
    static func connect(file: String, timeout: Double) throws(LoadError) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard file.utf8.count <= room else {
            throw LoadError(
                .badConfiguration,
                "\(file) is longer than the \(room) bytes that a unix socket's name may have"
            )
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: file.utf8) }
        let descriptor = try makeSocket(AF_UNIX, timeout)
        try connect(descriptor, to: address, named: file)
        return descriptor
    }

    /// Connects a socket to an address of the system's, a `sockaddr_in` or one like it; closes it when that fails.
    private static func connect<Address>(
        _ descriptor: CInt,
        to address: Address,
        named name: String
    ) throws(LoadError) {
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        if result == 0 { return }
        let cause = errno
        close(descriptor)
        throw failure("connect to \(name)", cause)
    }

    static func setNonBlocking(_ descriptor: CInt) {
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    /// Whether a name is an IPv4 address in numbers.
    static func isAddress(_ host: String) -> Bool {
        var address = in_addr()
        return inet_pton(AF_INET, host, &address) == 1
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

    /// Whether the peer has ended the connection, whatever it said before.
    static func hasEnded(_ descriptor: CInt) -> Bool {
        var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        while true {
            let count = recv(descriptor, &bytes, MemoryLayout.size(ofValue: bytes), CInt(MSG_DONTWAIT))
            if count <= 0 { return count == 0 || errno != EAGAIN }
        }
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

    /// The send timeout also bounds a blocking connect, the other one a handshake.
    private static func makeSocket(_ family: CInt, _ seconds: Double) throws(LoadError) -> CInt {
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("socket", errno) }
        var limit = timeval(tv_sec: Int(seconds.rounded(.up)), tv_usec: 0)
        for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        return descriptor
    }
}
