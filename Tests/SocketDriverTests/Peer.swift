// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import SocketDriver

/// The other end: a plain blocking socket, so that what the driver does is seen from outside NIO.
final class Peer: Sendable {
    let descriptor: Int32

    struct Failure: Error {
        let call: String
        let code: Int32
    }

    init(adopting descriptor: Int32) {
        self.descriptor = descriptor
        // No test waits longer than this for a byte, or for room.
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        // Nor is it kept open by a program that another test has just started.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// Makes a socket and leaves it alone.
    convenience init(type: __socket_type = SOCK_STREAM) {
        self.init(adopting: socket(AF_INET, Int32(type.rawValue | SOCK_CLOEXEC.rawValue), 0))
    }

    /// Connects to the driver's listener.
    convenience init(port: Int32, receiveBuffer: Int32? = nil) throws {
        self.init()
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        try connect(port: port)
    }

    func connect(port: Int32) throws {
        let status = withLoopback(port: port) { Glibc.connect(descriptor, $0, $1) }
        guard status == 0 else { throw Failure(call: "connect", code: errno) }
    }

    /// Binds to a free port of loopback.
    func bindToLoopback() {
        _ = withLoopback(port: 0) { Glibc.bind(descriptor, $0, $1) }
    }

    deinit { Glibc.close(descriptor) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count >= 0 else { throw Failure(call: "send", code: errno) }
            sent += count
        }
    }

    /// Reads exactly `count` bytes, or fewer when the stream ends before.
    func receive(_ count: Int) throws -> [UInt8] {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while received.count < count {
            let got = recv(descriptor, &buffer, min(buffer.count, count - received.count), 0)
            guard got >= 0 else { throw Failure(call: "recv", code: errno) }
            if got == 0 { break }
            received += buffer[..<got]
        }
        return received
    }

    /// True when the stream ends cleanly and at once.
    func sawEnd() throws -> Bool {
        try receive(1).isEmpty
    }

    func finishSending() { Glibc.shutdown(descriptor, Int32(SHUT_WR)) }

    /// Makes the close of this peer a reset.
    func resetOnClose() {
        var choice = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &choice, socklen_t(MemoryLayout<linger>.size))
    }

    var localPort: Int32 { portOf(descriptor) }
}

/// A plain listener on loopback, for outgoing connections of the driver.
final class PeerListener: Sendable {
    let descriptor: Int32

    init(backlog: Int32 = 16) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        _ = withLoopback(port: 0) { bind(descriptor, $0, $1) }
        listen(descriptor, backlog)
    }

    deinit { Glibc.close(descriptor) }

    var port: Int { Int(portOf(descriptor)) }

    func accept() throws -> Peer {
        let accepted = Glibc.accept(descriptor, nil, nil)
        guard accepted >= 0 else { throw Peer.Failure(call: "accept", code: errno) }
        return Peer(adopting: accepted)
    }
}

private func withLoopback<Result>(port: Int32, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    // family, port and 127.0.0.1, as sockaddr_in lays them out
    var bytes = [UInt8](repeating: 0, count: 16)
    bytes[0] = UInt8(AF_INET)
    bytes[2] = UInt8(truncatingIfNeeded: port >> 8)
    bytes[3] = UInt8(truncatingIfNeeded: port)
    bytes[4] = 127
    bytes[7] = 1
    return bytes.withUnsafeBytes { raw in
        body(raw.baseAddress!.assumingMemoryBound(to: sockaddr.self), 16)
    }
}

func portOf(_ descriptor: Int32) -> Int32 {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    _ = withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return withUnsafeBytes(of: storage) { Int32($0[2]) << 8 | Int32($0[3]) }
}
