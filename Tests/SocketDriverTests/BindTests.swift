// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import SocketDriver
import Testing

extension SocketTests {
    @Suite struct Binding {
        @Test func boundPair_readsAndWrites_andKeepsTheDescriptorOpen() async throws {
            try await Rig.run { rig in
                var ends: [Int32] = [0, 0]
                socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
                let (mine, peer) = (ends[0], Peer(adopting: ends[1]))
                defer { Glibc.close(mine) }
                let id = rig.driver.bind(descriptor: mine, owner: 5)
                try await rig.sink.wait(for: .connected(id, "binding", 0))
                #expect(rig.driver.information().first?.kind == .bound)
                try peer.send([1, 2])
                try await rig.sink.wait(for: .data(id, [1, 2]))
                #expect(rig.send(id, "three"))
                #expect(try peer.receive(5) == Array("three".utf8))
                rig.driver.close(id)
                try await rig.sink.wait(for: .closed(id))
                #expect(rig.sink.records.allSatisfy { $0.owner == 5 })
                #expect(fcntl(mine, F_GETFD) >= 0)
                #expect(write(mine, "x", 1) == 1)
                #expect(try peer.receive(1) == Array("x".utf8))
            }
        }

        @Test func send_rightAfterBind_isDelivered() async throws {
            try await Rig.run { rig in
                var ends: [Int32] = [0, 0]
                socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
                let peer = Peer(adopting: ends[1])
                try await rig.onLoop { [ends] in
                    let id = rig.driver.bind(descriptor: ends[0], owner: 1)
                    rig.send(id, "early")
                }
                #expect(try peer.receive(5) == Array("early".utf8))
                Glibc.close(ends[0])
            }
        }

        @Test func boundPipe_endsWithClosed() async throws {
            try await Rig.run { rig in
                var ends: [Int32] = [0, 0]
                pipe(&ends)
                let id = rig.driver.bind(descriptor: ends[0], owner: 1)
                try await rig.sink.wait(for: .connected(id, "binding", 0))
                write(ends[1], "line\n", 5)
                Glibc.close(ends[1])
                try await rig.sink.wait(for: .closed(id))
                Glibc.close(ends[0])
                #expect(
                    rig.sink.happenings == [
                        .connected(id, "binding", 0), .data(id, Array("line\n".utf8)), .closed(id),
                    ]
                )
            }
        }

        @Test func largeOutputToAPipe_isDeliveredThroughThePipeline() async throws {
            try await Rig.run { rig in
                var ends: [Int32] = [0, 0]
                socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
                let peer = Peer(adopting: ends[1])
                let id = rig.driver.bind(descriptor: ends[0], owner: 1)
                try await rig.sink.wait(for: .connected(id, "binding", 0))
                rig.send(id, [UInt8](repeating: 3, count: 5 << 20))
                rig.send(id, "end")
                rig.driver.close(id)
                #expect(try peer.receive(5 << 20).count == 5 << 20)
                #expect(try peer.receive(3) == Array("end".utf8))
                Glibc.close(ends[0])
            }
        }

        @Test(arguments: ["a closed descriptor", "/dev/null", "/etc/passwd"])
        func uselessDescriptor_fails(_ what: String) async throws {
            try await Rig.run { rig in
                let descriptor = what.hasPrefix("/") ? open(what, O_RDONLY) : Int32(100_000)
                defer { if what.hasPrefix("/") { Glibc.close(descriptor) } }
                let id = rig.driver.bind(descriptor: descriptor, owner: 1)
                try await rig.sink.wait(for: .failed(id, "reach skynet socket number limit"))
                #expect(!rig.send(id, "x"))
            }
        }
    }
}
