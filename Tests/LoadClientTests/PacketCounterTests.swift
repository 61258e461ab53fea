// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import LoadClient

@Suite struct PacketCounterTests {
    @Test(arguments: [1, 2, 3, 5, 7, 64, 1_000])
    func packetsCutAnywhereAreCountedOnce(pieceSize: Int) throws {
        let stream = PacketSource(PacketLayout(payload: 5), inFlight: 19).bytes
        var counter = PacketCounter(PacketLayout(payload: 5))
        var total = 0
        for start in stride(from: 0, to: stream.count, by: pieceSize) {
            let piece = Array(stream[start..<min(start + pieceSize, stream.count)])
            total += try counter.consume(piece.span)
        }
        #expect(total == 20)
    }

    @Test func emptyPacketsCount() throws {
        var counter = PacketCounter(PacketLayout(payload: 0))
        let piece: [UInt8] = [0, 0, 0, 0, 0]
        #expect(try counter.consume(piece.span) == 2)
    }

    @Test func headerWithAnotherLengthIsNoEcho() {
        var counter = PacketCounter(PacketLayout(payload: 5))
        let piece: [UInt8] = [0, 6]
        let error = #expect(throws: LoadError.self) { _ = try counter.consume(piece.span) }
        #expect(error?.code == .badReply)
    }

    @Test func ringGivesTheAgeOfTheOldestPacket() {
        var times = SendTimes(count: 2, now: 10)
        #expect(times.replaceOldest(at: 15) == 5)
        #expect(times.replaceOldest(at: 17) == 7)
        #expect(times.replaceOldest(at: 18) == 3)
    }
}
