// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import Testing

@Suite struct PacketFramingTests {
    private static func header(_ framing: PacketFraming, _ count: Int) -> [UInt8] {
        framing.header(of: count).withUnsafeBytes { Array($0) }
    }

    @Test func `the names are those of the configuration`() {
        #expect(PacketFraming.allCases.map(\.rawValue) == ["u16be", "u16le", "u32be", "u32le", "varint", "line"])
    }

    @Test(arguments: [
        (PacketFraming.u16be, 0x0102, [1, 2] as [UInt8]), (.u16le, 0x0102, [2, 1]), (.u16be, 0xffff, [255, 255]),
        (.u32be, 0x0102_0304, [1, 2, 3, 4]), (.u32le, 0x0102_0304, [4, 3, 2, 1]),
        (.varint, 0, [0]), (.varint, 127, [127]), (.varint, 128, [0x80, 1]), (.varint, 300, [0xac, 2]),
        (.varint, Int(Int32.max), [255, 255, 255, 255, 7]), (.line, 99, []),
    ])
    func `a header says how long its packet is`(framing: PacketFraming, count: Int, bytes: [UInt8]) {
        #expect(Self.header(framing, count) == bytes)
        #expect(framing.header(of: count).count == bytes.count)
    }

    @Test func `only a line has something behind it`() {
        for framing in PacketFraming.allCases {
            #expect(framing.trailer.withUnsafeBytes { Array($0) } == (framing == .line ? [10] : []))
        }
    }
}
