// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

@testable import LoadClient

/// An echo server on a free loopback port: one thread, `poll`, ended by `stop()`.
final class TinyEcho {
    let port: UInt16
    private let stopPipe: (read: CInt, write: CInt)
    private let task: BackgroundTask

    /// With `reply`, every piece that arrives is answered with those bytes instead of itself.
    init(reply: [UInt8]? = nil) {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        port = Self.bindToFreePort(listener)
        var ends: [CInt] = [0, 0]
        pipe(&ends)
        stopPipe = (ends[0], ends[1])
        let stop = ends[0]
        task = BackgroundTask { Self.serve(listener: listener, stop: stop, reply: reply) }
    }

    func stop() {
        close(stopPipe.write)
        task.wait()
        close(stopPipe.read)
    }

    private static func bindToFreePort(_ listener: CInt) -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(listener, $0, length) == 0, "A free loopback port must be had.")
                precondition(getsockname(listener, $0, &length) == 0, "A bound socket has a name.")
            }
        }
        listen(listener, 128)
        return UInt16(bigEndian: address.sin_port)
    }

    private static func serve(listener: CInt, stop: CInt, reply: [UInt8]?) {
        var watched = [stop, listener].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while poll(&watched, nfds_t(watched.count), -1) > 0, watched[0].revents == 0 {
            for index in watched.indices.dropFirst(2) where watched[index].revents != 0 {
                let count = read(watched[index].fd, &buffer, buffer.count)
                if count <= 0 {
                    close(watched[index].fd)
                    watched[index].fd = -1
                } else {
                    answer(watched[index].fd, reply ?? Array(buffer[..<count]))
                }
            }
            if watched[1].revents != 0 {
                watched.append(pollfd(fd: accept(listener, nil, nil), events: Int16(POLLIN), revents: 0))
            }
            watched.removeAll { $0.fd < 0 }
        }
        for entry in watched.dropFirst(1) { close(entry.fd) }
    }

    private static func answer(_ descriptor: CInt, _ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + sent, bytes.count - sent, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }
}
