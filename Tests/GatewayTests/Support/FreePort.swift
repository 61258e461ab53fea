// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Synchronization

/// Ports of the loopback interface that nobody listened on a moment ago, for those who must tell others theirs first.
///
/// They are below those that the system chooses by itself, so that no connection or listener of another test gets one
/// before whoever it is for.
enum FreePort {
    private static let taken = Mutex<Set<UInt16>>([])

    /// As many different ports.
    static func take(_ count: Int) throws -> [UInt16] {
        let chosen = try String(contentsOfFile: "/proc/sys/net/ipv4/ip_local_port_range", encoding: .ascii)
        let first = chosen.split(whereSeparator: \.isWhitespace).first.flatMap { UInt16($0) } ?? 32768
        let own = max(first, 2048) / 2..<max(first, 2048)
        return try (0..<count).map { _ in try next(of: own) }
    }

    private static func next(of range: Range<UInt16>) throws -> UInt16 {
        for _ in 0..<1000 {
            let port = UInt16.random(in: range)
            guard taken.withLock({ $0.insert(port).inserted }) else { continue }
            if (try? RawListener(port: port)) != nil { return port }
        }
        throw GateClient.Failure(description: "no free port in \(range)")
    }
}

/// A listener as other programs have it, to play the part of one.
final class RawListener {
    let port: UInt16
    private let descriptor: Int32

    /// - Parameter port: 0 for one that the system chooses.
    init(port wanted: UInt16 = 0, seconds: Int = 60) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.descriptor
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) | listen(descriptor, 8) | getsockname(descriptor, $0, &size)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        if result != 0 { throw GateClient.Failure(description: "listen: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// The next peer.
    func accept() throws -> GateClient {
        let peer = Foundation.accept(descriptor, nil, nil)
        if peer < 0 { throw GateClient.Failure(description: "accept: \(String(cString: strerror(errno)))") }
        return GateClient(adopting: peer)
    }
}
