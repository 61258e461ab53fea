// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import SocketDriver
import Synchronization
import Testing

extension SocketTests {
    /// Many peers that leave in the same moment.
    @Suite struct Partings {
        private static let size = 400

        /// Peers that can be made to leave together, and their sockets.
        private final class Crowd: Sendable {
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

            /// Everybody says a last word first.
            func leave() throws {
                try peers.withLock { peers in
                    for peer in peers { try peer.send([7]) }
                    peers = []
                }
            }
        }

        /// The crowd leaves and then `peer` speaks while the loop is looking away, so it finds all of it at once.
        private static func leave(_ crowd: Crowd, before peer: Peer, _ rig: Rig) async throws {
            try await rig.onLoop {
                #expect(throws: Never.self) {
                    try crowd.leave()
                    try peer.send([1])
                }
            }
        }

        private static func isEnd(_ happening: Happening) -> Bool {
            if case .closed = happening { true } else { false }
        }

        @Test(arguments: ConnectionKind.allCases)
        func aCrowdThatLeaves_isToldOfBehindThoseWhoStay_andInOrder(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let crowd = try await Crowd(rig, size: Self.size)
                let (living, id) = try await rig.pair()
                let before = rig.sink.records.count
                try await Self.leave(crowd, before: living, rig)
                try await rig.sink.wait("every departure") { $0.count == before + 2 * Self.size + 1 }
                let happenings = Array(rig.sink.happenings[before...])
                let word = try #require(happenings.firstIndex(of: .data(id, [1])))
                #expect(happenings[..<word].count(where: Self.isEnd) < Self.size / 2)
                for id in crowd.ids {
                    #expect(happenings.filter { $0.id == id } == [.data(id, [7]), .closed(id)])
                }
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func aSocketWhosePeerLeftUntold_takesCommandsAsIfThePeerWereThere(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let crowd = try await Crowd(rig, size: Self.size)
                let (living, id) = try await rig.pair()
                let before = rig.sink.records.count
                try await Self.leave(crowd, before: living, rig)
                try await rig.sink.wait(for: .data(id, [1]))
                // Half of them are closed from here, told of or not; nobody is told of twice.
                for id in crowd.ids.suffix(Self.size / 2) { rig.driver.close(id) }
                try await rig.sink.wait("every departure") { $0.count == before + 2 * Self.size + 1 }
                for id in crowd.ids { rig.driver.close(id) }
                try await rig.settle()
                let ends = rig.sink.happenings.filter(Self.isEnd).map(\.id)
                #expect(ends.sorted() == crowd.ids.sorted())
                #expect(rig.driver.information().filter { crowd.ids.contains($0.id) }.isEmpty)
            }
        }
    }
}
