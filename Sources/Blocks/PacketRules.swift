// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What is wrong with a stream: what follows in it has no meaning.
public enum PacketError: Error, Equatable, Sendable {
    /// A packet of so many bytes was announced, and that is more than the largest.
    case tooLarge(Int)
    /// A packet has so many bytes, and that is less than the smallest.
    case tooSmall(Int)
    /// Of a line, so many bytes have come, and that is more than the largest has.
    case lineTooLong(Int)
    /// A length in `varint` goes on after its fifth byte.
    case endlessLength
}

/// How packets are cut from a stream: their framing, and which sizes they may have.
public struct PacketRules: Sendable {
    public let framing: PacketFraming
    /// Bytes of the smallest and of the largest packet; the header does not count.
    public let sizes: ClosedRange<Int>
    /// Bytes for which the block of a packet has room behind the packet.
    public let tailRoom: Int

    /// - Parameter sizes: any that the framing can announce, if nil.
    @inlinable public init(_ framing: PacketFraming, sizes: ClosedRange<Int>? = nil, tailRoom: Int = 0) {
        self.framing = framing
        // Made for every read of a gate, without sizes: that is a constant to the optimiser.
        let possible = 0...framing.largestPacket
        self.sizes = if let sizes { sizes.clamped(to: possible) } else { possible }
        self.tailRoom = tailRoom
    }
}

/// What the first bytes of a packet say.
@usableFromInline enum PacketHeader {
    case incomplete
    /// The packet has `size` bytes behind a header of `length`.
    case complete(size: Int, length: Int)
    case endless
}

extension PacketRules {
    @inlinable @inline(__always)
    func header(in bytes: UnsafeRawBufferPointer) -> PacketHeader {
        switch framing {
        case .u16be: Self.header(in: bytes, as: UInt16.self) { Int(UInt16(bigEndian: $0)) }
        case .u16le: Self.header(in: bytes, as: UInt16.self) { Int(UInt16(littleEndian: $0)) }
        case .u32be: Self.header(in: bytes, as: UInt32.self) { Int(UInt32(bigEndian: $0)) }
        case .u32le: Self.header(in: bytes, as: UInt32.self) { Int(UInt32(littleEndian: $0)) }
        case .varint: Self.varint(in: bytes)
        case .line: preconditionFailure("A line has no header.")
        }
    }

    @inlinable @inline(__always)
    static func header<Word: FixedWidthInteger & BitwiseCopyable>(
        in bytes: UnsafeRawBufferPointer,
        as type: Word.Type,
        _ size: (Word) -> Int
    ) -> PacketHeader {
        let length = MemoryLayout<Word>.size
        guard bytes.count >= length, let start = bytes.baseAddress else { return .incomplete }
        return .complete(size: size(start.loadUnaligned(as: Word.self)), length: length)
    }

    @usableFromInline static func varint(in bytes: UnsafeRawBufferPointer) -> PacketHeader {
        var size = 0
        for (index, byte) in bytes.prefix(5).enumerated() {
            size |= Int(byte & 0x7f) << (7 * index)
            if byte & 0x80 == 0 { return .complete(size: size, length: index + 1) }
        }
        return bytes.count < 5 ? .incomplete : .endless
    }

    @inlinable @inline(__always)
    func check(_ size: Int) throws(PacketError) {
        if size > sizes.upperBound { throw .tooLarge(size) }
        if size < sizes.lowerBound { throw .tooSmall(size) }
    }
}
