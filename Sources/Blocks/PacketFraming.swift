// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// How a stream of bytes says where its packets end. The raw values are the names that configurations use.
public enum PacketFraming: String, Sendable, CaseIterable {
    /// Two bytes of length, the larger first, as skynet's own gate has it.
    case u16be
    /// Two bytes of length, the smaller first.
    case u16le
    /// Four bytes of length, the largest first.
    case u32be
    /// Four bytes of length, the smallest first.
    case u32le
    /// A length in one to five bytes of seven bits each, the lowest first; all but the last byte have the top bit set.
    case varint
    /// Text up to a newline, which is no part of it, and neither is a carriage return before the newline.
    case line
}

extension PacketFraming {
    /// Bytes of the largest packet that can be announced, and that a message about it can count.
    @inlinable public var largestPacket: Int {
        switch self {
        case .u16be, .u16le: 0xffff
        case .u32be, .u32le, .varint, .line: Int(Int32.max)
        }
    }

    /// What is sent before a packet of `count` bytes, of which there are at most ``largestPacket``; nothing for a line.
    @inlinable public func header(of count: Int) -> PacketBorder {
        precondition(0...largestPacket ~= count, "A packet of \(count) bytes cannot be announced as \(self).")
        let size = UInt64(count)
        return switch self {
        case .u16be: PacketBorder(bytes: UInt64(UInt16(size).byteSwapped), count: 2)
        case .u16le: PacketBorder(bytes: size, count: 2)
        case .u32be: PacketBorder(bytes: UInt64(UInt32(size).byteSwapped), count: 4)
        case .u32le: PacketBorder(bytes: size, count: 4)
        case .varint: PacketBorder(varint: size)
        case .line: PacketBorder(bytes: 0, count: 0)
        }
    }

    /// What is sent behind a packet: the newline of a line, and nothing for the others.
    @inlinable public var trailer: PacketBorder {
        self == .line ? PacketBorder(bytes: UInt64(UInt8(ascii: "\n")), count: 1) : PacketBorder(bytes: 0, count: 0)
    }
}

/// The few bytes before or behind a packet.
@frozen public struct PacketBorder: Sendable, Equatable {
    /// The first byte is the lowest.
    @usableFromInline let bytes: UInt64
    public let count: Int

    @inlinable init(bytes: UInt64, count: Int) {
        self.bytes = bytes
        self.count = count
    }

    @inlinable init(varint size: UInt64) {
        var (bytes, count, rest) = (UInt64(0), 0, size)
        repeat {
            let more: UInt64 = rest > 0x7f ? 0x80 : 0
            bytes |= (rest & 0x7f | more) << UInt64(8 * count)
            rest >>= 7
            count += 1
        } while rest > 0
        self.init(bytes: bytes, count: count)
    }

    /// Lends the bytes for the length of one call.
    @inlinable public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result
    {
        try Swift.withUnsafeBytes(of: bytes.littleEndian) { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
}
