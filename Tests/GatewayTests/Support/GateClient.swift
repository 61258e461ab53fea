// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation

/// A client as players have it: a plain socket, blocking, with a time limit on every wait.
final class GateClient {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let descriptor: Int32
    private let node: RunningNode?
    private var isClosed = false

    /// - Parameters:
    ///   - host: an IPv4 address.
    ///   - node: kept alive as long as its client.
    init(host: String = "127.0.0.1", port: UInt16, seconds: Int = 60, node: RunningNode? = nil) throws {
        self.node = node
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if descriptor < 0 { throw Failure(description: "socket: \(String(cString: strerror(errno)))") }
        prepare(seconds: seconds)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result != 0 { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
    }

    /// - Parameter path: of a socket in the file system.
    init(path: String, seconds: Int = 60, node: RunningNode? = nil) throws {
        self.node = node
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if descriptor < 0 { throw Failure(description: "socket: \(String(cString: strerror(errno)))") }
        prepare(seconds: seconds)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result != 0 { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
    }

    /// The other side of a connection that was accepted.
    init(adopting descriptor: Int32, seconds: Int = 60) {
        node = nil
        self.descriptor = descriptor
        prepare(seconds: seconds)
    }

    private func prepare(seconds: Int) {
        // A node that is just being started must not keep the connection open.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { hangUp() }

    // MARK: Bytes

    func write(_ bytes: [UInt8]) throws {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { throw Failure(description: "write: \(String(cString: strerror(errno)))") }
            done += count
        }
    }

    func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let received = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + done, count - done, 0) }
            if received == 0 { throw Failure(description: "closed after \(done) of \(count) bytes") }
            if received < 0 { throw Failure(description: "read: \(String(cString: strerror(errno)))") }
            done += received
        }
        return bytes
    }

    /// Reads until the other side has finished sending.
    func readToEnd() throws -> [UInt8] {
        var all: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &block, block.count, 0)
            if count == 0 { return all }
            if count < 0 { throw Failure(description: "read: \(String(cString: strerror(errno)))") }
            all += block[..<count]
        }
    }

    // MARK: Packets

    static func packet(_ body: [UInt8]) -> [UInt8] {
        [UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
    }

    func send(_ body: [UInt8]) throws { try write(Self.packet(body)) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func receive() throws -> [UInt8] {
        let head = try read(2)
        return try read(Int(head[0]) << 8 | Int(head[1]))
    }

    func receiveText() throws -> String { String(decoding: try receive(), as: UTF8.self) }

    /// Sends a packet and waits for the next one that comes back.
    func ask(_ text: String) throws -> String {
        try send(text)
        return try receiveText()
    }

    // MARK: Endings

    /// No more will be sent; reading goes on.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Closes at once: the peer sees a reset.
    func reset() {
        var linger = Foundation.linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Foundation.linger>.size))
        hangUp()
    }

    func hangUp() {
        if isClosed { return }
        isClosed = true
        close(descriptor)
    }

    /// Whether the server ends the connection, by an end of stream or a reset, before it sends another byte.
    func isTurnedAway() -> Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, 0)
        return count == 0 || count < 0 && errno == ECONNRESET
    }
}
