// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import SocketDriver
import Testing

extension SocketTests {
    @Suite struct Backpressure {
        /// More than the kernel takes on loopback, whatever its buffers grow to.
        private static let plenty = 16 << 20
        private static let step = [UInt8](repeating: 1, count: 256 << 10)

        private static func kibibytes(_ happenings: [Happening]) -> [Int32] {
            happenings.compactMap { if case .warning(_, let kibibytes) = $0 { kibibytes } else { nil } }
        }

        @Test(arguments: ConnectionKind.allCases)
        func slowReader_isWarnedAboutInDoublingStepsAndCleared(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(receiveBuffer: 4096)
                rig.send(id, [UInt8](repeating: 0, count: Self.plenty))
                try await rig.settle()
                for _ in 0..<36 {
                    #expect(rig.send(id, Self.step))
                    try await rig.settle()
                }
                // The remainder of the first send is not counted before the peer has read from it.
                #expect(Self.kibibytes(rig.sink.happenings) == [1024, 2048, 4096, 8192])
                let total = Self.plenty + 36 * Self.step.count
                #expect(try peer.receive(total).count == total)
                try await rig.sink.wait(for: .warning(id, 0))
                #expect(Self.kibibytes(rig.sink.happenings) == [1024, 2048, 4096, 8192, 0])
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func manySendsOfOneTurn_warnLikeManyTurns(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(receiveBuffer: 4096)
                try await rig.onLoop {
                    rig.send(id, [UInt8](repeating: 0, count: Self.plenty))
                    for _ in 0..<9 { rig.send(id, Self.step) }
                }
                try await rig.settle()
                #expect(Self.kibibytes(rig.sink.happenings) == [1024, 2048])
                withExtendedLifetime(peer) {}
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func oneHugeSend_neverWarnsByItself(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(receiveBuffer: 4096)
                rig.send(id, [UInt8](repeating: 0, count: Self.plenty))
                #expect(try peer.receive(Self.plenty).count == Self.plenty)
                rig.driver.close(id)
                try await rig.sink.wait(for: .closed(id))
                #expect(Self.kibibytes(rig.sink.happenings).isEmpty)
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func priorities_whileABigSendIsInProgress(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(receiveBuffer: 4096)
                // In one turn of the loop, and read only after it: once the socket takes bytes again, the rest of the big
                // send counts as waiting, and L1 waits like any low message.
                try await rig.onLoop {
                    rig.send(id, [UInt8](repeating: 0, count: Self.plenty))
                    rig.send(id, "L1", .low)
                    rig.send(id, "L2", .low)
                    rig.send(id, "H1")
                    rig.send(id, "H2")
                    rig.send(id, "L3", .low)
                }
                try await rig.settle()
                _ = try peer.receive(Self.plenty)
                #expect(try peer.receive(10) == Array("L1H1H2L2L3".utf8))
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func priorities_withNothingPending_keepTheOrderOfCalls(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair()
                try await rig.onLoop {
                    rig.send(id, "L1", .low)
                    rig.send(id, "H1")
                    rig.send(id, "L2", .low)
                }
                #expect(try peer.receive(6) == Array("L1H1L2".utf8))
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func manySmallMessagesToASlowReader_arriveInOrder(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(receiveBuffer: 4096)
                rig.send(id, [UInt8](repeating: 0, count: 8 << 20))
                var expected: [UInt8] = []
                for number in 0..<20_000 {
                    let message = Array("\(number);".utf8)
                    expected += message
                    rig.send(id, message)
                }
                _ = try peer.receive(8 << 20)
                #expect(try peer.receive(expected.count) == expected)
            }
        }

        @Test func information_countsWhatWaits() async throws {
            try await Rig.run { rig in
                let (peer, id) = try await rig.pair(receiveBuffer: 4096)
                rig.send(id, [UInt8](repeating: 0, count: Self.plenty))
                try await rig.settle()
                let row = try #require(rig.driver.information().first { $0.id == id })
                #expect(row.kind == .tcp && row.isWriting && row.isReading)
                #expect(row.bytesWaiting > 0)
                #expect(row.bytesWaiting + row.bytesWritten == Self.plenty)
                #expect(row.lastWrite > 0)
                #expect(row.address == "127.0.0.1:\(peer.localPort)")
                _ = try peer.receive(Self.plenty)
                try await rig.settle()
                let drained = try #require(rig.driver.information().first { $0.id == id })
                #expect(drained.bytesWritten == Self.plenty && drained.bytesWaiting == 0 && !drained.isWriting)
            }
        }

        /// Each of them sends while the loop may just have found that nothing waits.
        @Test(arguments: ConnectionKind.allCases)
        func sendsFromManyThreadsToASlowReader_allArrive(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(receiveBuffer: 4096)
                let total = 4 * 4_000 * 1_000
                async let received = onThread { try peer.receive(total).count }
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            let message = [UInt8](repeating: 7, count: 1_000)
                            for _ in 0..<4_000 { rig.send(id, message) }
                        }
                    }
                }
                #expect(try await received == total)
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func sendsFromManyThreads_keepTheOrderOfEachAndNeverMix(kind: ConnectionKind) async throws {
            try await Rig.run(loops: 2, over: kind) { rig in
                let (peer, id) = try await rig.pair()
                let threads = 4
                let rounds = 500
                await withTaskGroup(of: Void.self) { group in
                    for thread in 0..<threads {
                        group.addTask {
                            for round in 0..<rounds {
                                rig.send(id, [UInt8(thread), UInt8(round >> 8), UInt8(round & 255), 0xff])
                            }
                        }
                    }
                }
                let received = try peer.receive(threads * rounds * 4)
                var next = [Int](repeating: 0, count: threads)
                for start in stride(from: 0, to: received.count, by: 4) {
                    let message = received[start..<start + 4].map(Int.init)
                    #expect(message[3] == 0xff && message[1] << 8 | message[2] == next[message[0]])
                    next[message[0]] += 1
                }
                #expect(next == [Int](repeating: rounds, count: threads))
            }
        }
    }
}
