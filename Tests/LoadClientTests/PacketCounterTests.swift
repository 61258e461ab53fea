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

    @Test(arguments: LoadFraming.allCases, [0, 1, 127, 128, 300])
    func everyFramingIsCounted(framing: LoadFraming, payload: Int) throws {
        let layout = PacketLayout(payload: payload, framing: framing)
        let stream = PacketSource(layout, inFlight: 19).bytes
        var counter = PacketCounter(layout)
        var total = 0
        for byte in stream { total += try counter.consume([byte].span) }
        #expect(total == 20)
        #expect(try counter.consume(stream.span) == 20)
    }

    @Test(
        arguments: [
            (LoadFraming.u16be, [0x01, 0x2c]), (.u16le, [0x2c, 0x01]), (.u32be, [0, 0, 0x01, 0x2c]),
            (.u32le, [0x2c, 0x01, 0, 0]), (.varint, [0xac, 0x02]), (.line, []),
        ] as [(LoadFraming, [UInt8])]
    )
    func aLengthOf300IsWritten(framing: LoadFraming, header: [UInt8]) {
        #expect(framing.header(300) == header)
    }

    /// RFC 6455, section 5.7 and 5.2.
    @Test(
        arguments: [
            (5, [0x82, 0x05]), (125, [0x82, 125]), (126, [0x82, 126, 0, 126]), (65_535, [0x82, 126, 0xff, 0xff]),
            (65_536, [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] as [(Int, [UInt8])]
    )
    func aMessageIsMaskedAndItsEchoIsNot(payload: Int, header: [UInt8]) throws {
        let layout = PacketLayout(message: payload)
        #expect(layout.header == header)
        #expect(layout.packet.count == header.count + 4 + payload)
        #expect(layout.packet[1] == header[1] | 0x80)
        let mask = layout.packet[header.count..<header.count + 4]
        let unmasked = layout.packet.dropFirst(header.count + 4).enumerated().map {
            $0.element ^ mask[header.count + $0.offset % 4]
        }
        #expect(unmasked.prefix(5) == Array("ABCDE".utf8)[...])
        var counter = PacketCounter(layout)
        #expect(try counter.consume((header + unmasked).span) == 1)
    }

    @Test func aClosedWebSocketIsNoEcho() {
        var counter = PacketCounter(PacketLayout(message: 5))
        let error = #expect(throws: LoadError.self) { _ = try counter.consume([0x88, 2, 3, 0xe8].span) }
        #expect(error?.code == .badReply)
    }

    @Test func ringGivesTheAgeOfTheOldestPacket() {
        var times = SendTimes(count: 2, now: 10)
        #expect(times.replaceOldest(at: 15) == 5)
        #expect(times.replaceOldest(at: 17) == 7)
        #expect(times.replaceOldest(at: 18) == 3)
    }
}
