// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import Testing

/// One stream, read in pieces.
private struct Reader: ~Copyable {
    var cutter: PacketCutter
    var packets: [[UInt8]] = []

    init(_ framing: PacketFraming, _ sizes: ClosedRange<Int>? = nil, tailRoom: Int = 0) {
        cutter = PacketCutter(PacketRules(framing, sizes: sizes, tailRoom: tailRoom))
    }

    mutating func read(_ piece: some Collection<UInt8>) throws(PacketError) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
        defer { copy.deallocate() }
        copy.copyBytes(from: piece)
        var bytes = UnsafeRawBufferPointer(copy)
        while let packet = try cutter.next(in: &bytes) {
            #expect(packet.pointer != nil)
            packets.append(Array(packet.bytes))
        }
        #expect(bytes.isEmpty)
    }

    /// What is wrong with these bytes.
    mutating func fault(_ piece: [UInt8]) -> PacketError? {
        do throws(PacketError) { try read(piece) } catch { return error }
        return nil
    }

    /// What is wrong with these bytes at the beginning of a stream.
    func error(_ piece: [UInt8]) -> PacketError? {
        var other = Reader(cutter.rules.framing, cutter.rules.sizes)
        return other.fault(piece)
    }
}

private func framed(_ body: [UInt8], _ framing: PacketFraming, newline: [UInt8] = [10]) -> [UInt8] {
    let header = framing.header(of: body.count).withUnsafeBytes { Array($0) }
    return header + body + (framing == .line ? newline : [])
}

/// Bodies without newlines, so that they may be lines.
private let bodies: [[UInt8]] = [
    [], [7], [], [1, 2, 3], [UInt8](repeating: 65, count: 127), [UInt8](repeating: 66, count: 128), [], [13, 0, 255],
    [UInt8](repeating: 200, count: 300), [],
]

private let lengths = PacketFraming.allCases.filter { $0 != .line }

@Suite struct PacketCutterTests {
    @Test(arguments: PacketFraming.allCases)
    func `every split into two reads yields the packets that were sent`(framing: PacketFraming) throws {
        let stream = bodies.flatMap { framed($0, framing) }
        for cut in 0...stream.count {
            var reader = Reader(framing, tailRoom: cut % 3)
            try reader.read(stream[..<cut])
            try reader.read(stream[cut...])
            #expect(reader.packets == bodies, "cut at \(cut)")
            let isWithinPacket = reader.cutter.isWithinPacket
            #expect(!isWithinPacket)
        }
    }

    @Test(arguments: PacketFraming.allCases)
    func `one byte at a time yields the packets that were sent`(framing: PacketFraming) throws {
        var reader = Reader(framing)
        for byte in bodies.flatMap({ framed($0, framing) }) {
            try reader.read([])
            try reader.read([byte])
        }
        #expect(reader.packets == bodies)
    }

    @Test(arguments: PacketFraming.allCases)
    func `random pieces yield the packets that were sent`(framing: PacketFraming) throws {
        for _ in 0..<40 {
            let sent: [[UInt8]] = (0..<40).map { _ in
                let count = Int.random(in: 0...(Bool.random() ? 4 : 900))
                return [UInt8](repeating: .random(in: 14...255), count: count)
            }
            let bytes: [UInt8] = sent.flatMap { framed($0, framing) }
            var stream = bytes[...]
            var reader = Reader(framing)
            while !stream.isEmpty {
                let length = min(stream.count, Bool.random() ? .random(in: 0...3) : .random(in: 1...2000))
                try reader.read(stream.prefix(length))
                stream = stream.dropFirst(length)
            }
            #expect(reader.packets == sent)
        }
    }

    @Test(arguments: PacketFraming.allCases)
    func `ten thousand packets in one read keep their order`(framing: PacketFraming) throws {
        let sent: [[UInt8]] = (0..<10_000).map { [UInt8(20 + $0 % 100), UInt8(20 + $0 / 100)] }
        var reader = Reader(framing)
        try reader.read(sent.flatMap { framed($0, framing) })
        #expect(reader.packets == sent)
    }

    @Test(arguments: [PacketFraming.u32be, .u32le, .varint, .line], [1 << 16, 1 << 20, 16 << 20])
    func `large packets pass, whole and in pieces`(framing: PacketFraming, size: Int) throws {
        let body = [UInt8](repeating: 99, count: size)
        let stream = framed(body, framing) + framed([1], framing)
        var reader = Reader(framing, 0...size, tailRoom: 32)
        try reader.read(stream)
        for start in stride(from: 0, to: stream.count, by: 65_537) {
            try reader.read(stream[start..<min(start + 65_537, stream.count)])
        }
        #expect(reader.packets == [body, [1], body, [1]])
    }

    @Test(arguments: lengths)
    func `sizes beyond the limits are errors that name them`(framing: PacketFraming) throws {
        var reader = Reader(framing, 2...300)
        try reader.read(framed([1, 2], framing) + framed([UInt8](repeating: 0, count: 300), framing))
        #expect(reader.packets.map(\.count) == [2, 300])
        let header = framing.header(of: 301).withUnsafeBytes { Array($0) }
        #expect(reader.error(header) == .tooLarge(301), "before a byte of the body has come")
        #expect(reader.error(framed([1], framing)) == .tooSmall(1))
        #expect(reader.error(framed([], framing)) == .tooSmall(0))
        for byte in header.dropLast() { try reader.read([byte]) }
        let fault = reader.fault([header[header.count - 1]])
        #expect(fault == .tooLarge(301))
    }

    @Test func `limits are no wider than what a framing announces`() {
        #expect(PacketRules(.u16le, sizes: 1...(1 << 40)).sizes == 1...0xffff)
        #expect(PacketRules(.u32be).sizes == 0...Int(Int32.max))
        #expect(Reader(.u32be).error([255, 255, 255, 255]) == .tooLarge(0xffff_ffff))
        #expect(Reader(.u32le).error([0, 0, 0, 128]) == .tooLarge(0x8000_0000))
    }

    @Test func `a length that does not end is an error at its fifth byte`() throws {
        #expect(Reader(.varint).error([128, 128, 128, 128]) == nil)
        #expect(Reader(.varint).error([128, 128, 128, 128, 128]) == .endlessLength)
        #expect(Reader(.varint).error([255, 255, 255, 255, 127]) == .tooLarge((1 << 35) - 1))
        var reader = Reader(.varint)
        for _ in 0..<4 { try reader.read([255]) }
        let fault = reader.fault([255])
        #expect(fault == .endlessLength)
        // Zeros at its end are allowed, as in protocol buffers.
        var padded = Reader(.varint)
        try padded.read([0x82, 0x80, 0, 5, 6])
        #expect(padded.packets == [[5, 6]])
    }

    @Test func `a line ends with a newline, and a carriage return before it goes`() throws {
        let stream = Array("one\r\n\r\n\ntwo\r\r\nth\rree\n".utf8)
        let expected = ["one", "", "", "two\r", "th\rree"].map { Array($0.utf8) }
        for cut in 0...stream.count {
            var reader = Reader(.line)
            try reader.read(stream[..<cut])
            try reader.read(stream[cut...])
            #expect(reader.packets == expected, "cut at \(cut)")
        }
    }

    @Test func `a line is too long as soon as it cannot end in time`() throws {
        for ending in ["\n", "\r\n"] {
            for cut in 0...6 {
                var reader = Reader(.line, 1...4)
                let stream = Array(("four" + ending).utf8)
                try reader.read(stream.prefix(cut))
                try reader.read(stream.dropFirst(cut))
                #expect(reader.packets == [Array("four".utf8)])
            }
        }
        let reader = Reader(.line, 1...4)
        #expect(reader.error(Array("four\r".utf8)) == nil)
        #expect(reader.error(Array("four\r\r".utf8)) == .lineTooLong(6))
        #expect(reader.error(Array("fiver".utf8)) == .lineTooLong(5))
        #expect(reader.error(Array("fiver\n".utf8)) == .lineTooLong(5))
        #expect(reader.error(Array("\r\n".utf8)) == .tooSmall(0))
        #expect(reader.error([UInt8](repeating: 1, count: 100_000)) == .lineTooLong(100_000))
    }

    @Test(arguments: [PacketFraming.u32be, .varint])
    func `a packet that is announced and does not come takes little memory`(framing: PacketFraming) throws {
        var most = 0
        for _ in 0..<3 {
            let before = MemoryBlock.liveBytes
            var readers: [ReaderBox] = []
            for _ in 0..<100 {
                let box = ReaderBox(Reader(framing))
                try box.reader.read(framing.header(of: 1 << 30).withUnsafeBytes { Array($0) } + [1])
                readers.append(box)
            }
            most = max(most, MemoryBlock.liveBytes - before)
        }
        #expect(most < 100 * (1 << 20))
    }

    @Test(arguments: PacketFraming.allCases)
    func `the beginning of a packet is freed with its cutter, and after an error`(framing: PacketFraming) throws {
        var isClean = false
        for _ in 0..<5 where !isClean {
            let before = MemoryBlock.liveBlocks
            for _ in 0..<1000 {
                var reader = Reader(framing, 0...100)
                try reader.read(framed([1, 2, 3, 4], framing).prefix(6 - (framing == .line ? 2 : 0)))
                var other = Reader(framing, 0...100)
                try other.read([11])
                try? other.read([UInt8](repeating: 200, count: 101))
            }
            isClean = MemoryBlock.liveBlocks - before < 500
        }
        #expect(isClean)
    }

    @Test(arguments: lengths)
    func `a block that is one packet becomes the packet without a copy`(framing: PacketFraming) throws {
        let rules = PacketRules(framing, sizes: 0...300)
        for body in bodies {
            let block = MemoryBlock(framed(body, framing))
            let address = block.pointer
            try #require(rules.isPacket(block.bytes))
            let packet = rules.packet(in: block)
            #expect(packet.pointer == address && Array(packet.bytes) == body)
            #expect(![UInt8](framed(body, framing) + [0]).withUnsafeBytes(rules.isPacket))
            #expect(![UInt8](framed(body, framing).dropLast()).withUnsafeBytes(rules.isPacket))
        }
        #expect(!framed([UInt8](repeating: 0, count: 301), framing).withUnsafeBytes(rules.isPacket))
    }
}

private final class ReaderBox {
    var reader: Reader
    init(_ reader: consuming Reader) { self.reader = reader }
}
