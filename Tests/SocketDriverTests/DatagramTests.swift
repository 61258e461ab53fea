// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import SocketDriver
import Testing

extension SocketTests {
    @Suite struct Datagrams {
        private static let loopback: [UInt8] = [127, 0, 0, 1]

        private static func packed(port: Int32) -> [UInt8] {
            [1, UInt8(port >> 8), UInt8(port & 255)] + loopback
        }

        private static func send(_ rig: Rig, _ id: SocketID, to address: [UInt8], _ text: String) -> Bool {
            address.withUnsafeBytes { address in
                Array(text.utf8).withUnsafeBytes { rig.driver.udpSend(id, to: address, $0) }
            }
        }

        /// A plain UDP socket on loopback.
        private static func peer() -> Peer {
            let peer = Peer(type: SOCK_DGRAM)
            peer.bindToLoopback()
            return peer
        }

        @Test func dialledSocket_reachesItsPeerAndHearsFromIt() async throws {
            try await Rig.run { rig in
                let peer = Self.peer()
                let id = try rig.driver.udpDial(host: "127.0.0.1", port: Int(peer.localPort), owner: 2)
                #expect(rig.send(id, "ping"))
                var storage = sockaddr_storage()
                var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
                var buffer = [UInt8](repeating: 0, count: 100)
                let count = withUnsafeMutablePointer(to: &storage) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        recvfrom(peer.descriptor, &buffer, buffer.count, 0, $0, &length)
                    }
                }
                #expect(Array(buffer[..<count]) == Array("ping".utf8))
                _ = withUnsafePointer(to: storage) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        sendto(peer.descriptor, "pong", 4, 0, $0, length)
                    }
                }
                let address = Self.packed(port: peer.localPort)
                try await rig.sink.wait(for: .datagram(id, payload: Array("pong".utf8), address: address))
                #expect(
                    rig.sink.records == [
                        Record(owner: 2, what: .datagram(id, payload: Array("pong".utf8), address: address), loop: 0)
                    ]
                )
                let row = try #require(rig.driver.information().first)
                #expect(row.kind == .udp && row.bytesRead == 4 && row.bytesWritten == 4)
                #expect(row.address == "127.0.0.1:\(peer.localPort)")
            }
        }

        @Test func boundSocket_answersToThePackedAddress() async throws {
            try await Rig.run { rig in
                let server = try rig.driver.udp(host: "127.0.0.1", port: 0, owner: 1)
                let client = try rig.driver.udp(host: nil, port: 0, owner: 1)
                let peer = Self.peer()
                // Learn the server's port by letting it send first.
                #expect(Self.send(rig, server, to: Self.packed(port: peer.localPort), "hello"))
                let port = try Self.receivePort(peer)
                #expect(Self.send(rig, client, to: Self.packed(port: port), "question"))
                let sender = try await rig.sink.first("the question") { happening -> [UInt8]? in
                    if case .datagram(server, Array("question".utf8), let address) = happening { address } else { nil }
                }
                #expect(Self.send(rig, server, to: sender, ""))
                try await rig.sink.wait(
                    for: .datagram(client, payload: [], address: Self.packed(port: port))
                )
            }
        }

        private static func receivePort(_ peer: Peer) throws -> Int32 {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            var byte: UInt8 = 0
            let count = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    recvfrom(peer.descriptor, &byte, 1, 0, $0, &length)
                }
            }
            guard count >= 0 else { throw Peer.Failure(call: "recvfrom", code: errno) }
            return withUnsafeBytes(of: storage) { Int32($0[2]) << 8 | Int32($0[3]) }
        }

        @Test func send_withoutADestination_isFalseAndLogged() async throws {
            try await Rig.run { rig in
                let id = try rig.driver.udp(host: nil, port: 0, owner: 1)
                #expect(!rig.send(id, "x"))
                #expect(rig.log.all == ["socket-server : set udp (\(id)) error: address first."])
                let peer = Self.peer()
                try rig.driver.udpConnect(id, host: "127.0.0.1", port: Int(peer.localPort))
                #expect(rig.send(id, "x"))
                #expect(try peer.receive(1) == Array("x".utf8))
            }
        }

        @Test func foreignAddresses_areRefused() async throws {
            try await Rig.run { rig in
                let id = try rig.driver.udp(host: nil, port: 0, owner: 8)
                #expect(!Self.send(rig, id, to: [2] + [UInt8](repeating: 0, count: 18), "x"))
                #expect(!Self.send(rig, id, to: [3, 0, 1, 127, 0, 0, 1], "x"))
                #expect(!Self.send(rig, id, to: [1, 0, 1, 127, 0, 0], "x"))
                try rig.driver.udpConnect(id, host: "::1", port: 9)
                try await rig.sink.wait(for: .failed(id, "protocol mismatch"))
                #expect(rig.sink.records.last?.owner == 8)
            }
        }

        @Test func tooLargeDatagram_isDroppedWithALogLine() async throws {
            try await Rig.run { rig in
                let id = try rig.driver.udpDial(host: "127.0.0.1", port: 9, owner: 1)
                #expect(rig.send(id, [UInt8](repeating: 0, count: 70_000)))
                #expect(rig.log.all.count == 1)
            }
        }

        @Test func listen_onPortZero_isRefused() async throws {
            try await Rig.run { rig in
                #expect(throws: SocketError.self) {
                    try rig.driver.udpListen(host: "127.0.0.1", port: 0, owner: 1)
                }
            }
        }

        @Test func start_transfers_andCloseIsClosed() async throws {
            try await Rig.run { rig in
                let id = try rig.driver.udp(host: nil, port: 0, owner: 1)
                rig.driver.start(id, owner: 2)
                rig.driver.close(id)
                try await rig.sink.wait(for: .closed(id))
                #expect(rig.sink.records.map(\.what) == [.connected(id, "transfer", 0), .closed(id)])
                #expect(rig.sink.records.allSatisfy { $0.owner == 2 })
                #expect(!rig.send(id, "x"))
            }
        }

        @Test func datagramsToNobody_leaveTheSocketAlive() async throws {
            try await Rig.run { rig in
                let gone = Self.peer().localPort
                let id = try rig.driver.udpDial(host: "127.0.0.1", port: Int(gone), owner: 1)
                for _ in 0..<5 { #expect(rig.send(id, "x")) }
                try await rig.settle()
                #expect(rig.sink.records.isEmpty)
            }
        }

        @Test func resolve_answersNumbersOrTheResolversWords() async throws {
            try await Rig.run { rig in
                let numeric = try rig.driver.resolve(host: "127.0.0.1")
                #expect(Set(numeric) == ["127.0.0.1"])
                let named = try rig.driver.resolve(host: "localhost")
                #expect(named.contains("127.0.0.1"))
                #expect(throws: SocketError.self) { try rig.driver.resolve(host: "no such host") }
            }
        }
    }
}
