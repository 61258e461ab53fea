// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import SocketDriver
import Synchronization
import Testing

extension SocketTests {
    /// Sockets whose owners have more to do than they should.
    @Suite struct HoldingBack {
        private static let plenty = 8 << 20

        private static func bytes(of id: SocketID, in records: [Record]) -> Int {
            records.reduce(0) { sum, record in
                if case .data(id, let bytes) = record.what { sum + bytes.count } else { sum }
            }
        }

        @Test func socketOfAFullOwner_isNotReadUntilThereIsRoom_andLosesNothing() async throws {
            try await Rig.run { rig in
                let (peer, id) = try await rig.pair(owner: 3)
                rig.sink.fullOwners.withLock { _ = $0.insert(3) }
                async let sending: Void = onThread { try peer.send([UInt8](repeating: 7, count: Self.plenty)) }
                try await rig.sink.wait("the first read") { Self.bytes(of: id, in: $0) > 0 }
                try await rig.settle()
                // One read after the other would have brought everything long before.
                let before = rig.sink.bytes(of: id).count
                #expect(before <= 65536)
                try await rig.settle()
                #expect(rig.sink.bytes(of: id).count == before)
                rig.sink.fullOwners.withLock { $0 = [] }
                rig.driver.ownerHasRoom(3)
                try await sending
                try await rig.sink.wait("the rest") { Self.bytes(of: id, in: $0) == Self.plenty }
            }
        }

        @Test func socketHeldBackForSomebodyElse_readsOnWhenThatOneHasRoom() async throws {
            try await Rig.run { rig in
                let (peer, id) = try await rig.pair(owner: 3)
                rig.sink.fullOwners.withLock { _ = $0.insert(9) }
                rig.driver.holdBack(id, for: 9)
                try await rig.settle()
                try peer.send([1])
                try await rig.settle()
                #expect(rig.sink.bytes(of: id) == [])
                rig.driver.ownerHasRoom(3)
                try await rig.settle()
                #expect(rig.sink.bytes(of: id) == [])
                rig.driver.ownerHasRoom(9)
                try await rig.sink.wait(for: .data(id, [1]))
            }
        }

        @Test func roomFoundBeforeTheSocketIsHeldBack_isNotMissed() async throws {
            try await Rig.run { rig in
                let (peer, id) = try await rig.pair(owner: 3)
                // Nobody is full any more when the wish arrives, and nobody is going to say so again.
                rig.driver.holdBack(id, for: 9)
                try peer.send([1])
                try await rig.sink.wait(for: .data(id, [1]))
            }
        }

        @Test func pausedSocket_staysPausedWhenThereIsRoom() async throws {
            try await Rig.run { rig in
                let (peer, id) = try await rig.pair(owner: 3)
                rig.sink.fullOwners.withLock { _ = $0.insert(9) }
                rig.driver.holdBack(id, for: 9)
                rig.driver.pause(id)
                try await rig.settle()
                rig.sink.fullOwners.withLock { $0 = [] }
                rig.driver.ownerHasRoom(9)
                try await rig.settle()
                try peer.send([1])
                try await rig.settle()
                #expect(rig.sink.bytes(of: id) == [])
                rig.driver.start(id, owner: 3)
                try await rig.sink.wait(for: .data(id, [1]))
            }
        }
    }
}
