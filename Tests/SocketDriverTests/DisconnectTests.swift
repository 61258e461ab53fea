// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import SocketDriver
import Synchronization
import Testing

extension SocketTests {
    /// Many peers that disconnect at once.
    @Suite struct Disconnects {
        private static let size = 400

        /// Peers that can be disconnected together, and their sockets.
        private final class PeerGroup: Sendable {
            let ids: [SocketID]
            private let peers: Mutex<[Peer]>

            init(_ rig: Rig, size: Int) async throws {
                let (listener, port) = try await rig.listener(backlog: 1024)
                let peers = try (0..<size).map { _ in try Peer(port: port) }
                try await rig.sink.wait("accepting everybody") { $0.count == size + 2 }
                ids = rig.sink.happenings.compactMap { happening in
                    if case .accepted(listener, let id, _) = happening { id } else { nil }
                }
                self.peers = Mutex(peers)
                for id in ids { rig.driver.start(id, owner: 1) }
                try await rig.sink.wait("starting everybody") { $0.count == 2 * size + 2 }
            }

            /// Each sends a last byte first.
            func disconnect() throws {
                try peers.withLock { peers in
                    for peer in peers { try peer.send([7]) }
                    peers = []
                }
            }
        }

        /// The group disconnects and then `peer` sends while the loop is busy, so it finds all of it at once.
        private static func disconnect(_ group: PeerGroup, before peer: Peer, _ rig: Rig) async throws {
            try await rig.onLoop {
                #expect(throws: Never.self) {
                    try group.disconnect()
                    try peer.send([1])
                }
            }
        }

        private static func isEnd(_ happening: Happening) -> Bool {
            if case .closed = happening { true } else { false }
        }

        @Test(arguments: ConnectionKind.allCases)
        func manyDisconnects_areReportedBehindLivingPeers_andInOrder(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let group = try await PeerGroup(rig, size: Self.size)
                let (living, id) = try await rig.pair()
                let before = rig.sink.records.count
                try await Self.disconnect(group, before: living, rig)
                try await rig.sink.wait("every disconnect") { $0.count == before + 2 * Self.size + 1 }
                let happenings = Array(rig.sink.happenings[before...])
                let data = try #require(happenings.firstIndex(of: .data(id, [1])))
                #expect(happenings[..<data].count(where: Self.isEnd) < Self.size / 2)
                for id in group.ids {
                    #expect(happenings.filter { $0.id == id } == [.data(id, [7]), .closed(id)])
                }
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func socketWithAnUnreportedDisconnect_takesCommandsAsIfThePeerWereThere(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let group = try await PeerGroup(rig, size: Self.size)
                let (living, id) = try await rig.pair()
                let before = rig.sink.records.count
                try await Self.disconnect(group, before: living, rig)
                try await rig.sink.wait(for: .data(id, [1]))
                // Half of them are closed from here, reported or not; none is reported twice.
                for id in group.ids.suffix(Self.size / 2) { rig.driver.close(id) }
                try await rig.sink.wait("every disconnect") { $0.count == before + 2 * Self.size + 1 }
                for id in group.ids { rig.driver.close(id) }
                try await rig.settle()
                let ends = rig.sink.happenings.filter(Self.isEnd).map(\.id)
                #expect(ends.sorted() == group.ids.sorted())
                #expect(rig.driver.information().filter { group.ids.contains($0.id) }.isEmpty)
            }
        }
    }
}
