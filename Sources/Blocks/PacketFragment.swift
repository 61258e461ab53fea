// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Glibc

/// The beginning of a packet, kept until the rest of it comes.
///
/// It may hold a block and is copied like an address: whoever keeps it sees to it that one copy is used, and discarded
/// if it is not used up.
public enum PacketFragment {
    case none
    /// Less than a header; the first byte is the lowest.
    case header(UInt64, count: Int)
    /// A body of `size` bytes, of which some have come.
    case body(Received, size: Int)
    /// A line, up to where it has come.
    case line(Received)

    public struct Received {
        var block: UnsafeMutableRawPointer
        /// Bytes in the block, and bytes it has room for.
        var count: Int
        var capacity: Int
    }

    @inlinable public var isNone: Bool { if case .none = self { true } else { false } }

    /// Frees what it holds, and is nothing then.
    public mutating func discard() {
        switch self {
        case .none, .header: break
        case .body(let received, _), .line(let received): MemoryBlock.free(received.block)
        }
        self = .none
    }
}

extension PacketFragment.Received {
    /// What a peer announces is not believed beyond this: room is made as the bytes come.
    private static let firstCapacity = 64 << 10

    /// - Parameter most: bytes that will ever be there.
    init(first: Int, most: Int, tailRoom: Int) {
        count = 0
        capacity = min(max(first, Self.firstCapacity), most)
        block = MemoryBlock.allocate(capacity + tailRoom)
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer, most: Int, tailRoom: Int) {
        if capacity - count < bytes.count {
            capacity = min(max(capacity * 2, count + bytes.count), most)
            block = MemoryBlock.reallocate(block, to: capacity + tailRoom)
        }
        if let source = bytes.baseAddress { memcpy(block + count, source, bytes.count) }
        count += bytes.count
    }
}

extension PacketRules {
    /// Cuts the next whole packet off the front of `bytes`, or keeps what is left of them as a fragment and answers nil.
    @inlinable @inline(__always)
    public func next(
        _ fragment: inout PacketFragment,
        in bytes: inout UnsafeRawBufferPointer
    ) throws(PacketError) -> MemoryBlock? {
        if case .none = fragment, let packet = try nextWhole(in: &bytes) { return packet }
        return try resume(&fragment, in: &bytes)
    }

    /// Cuts the next packet off the front of `bytes` if all of it is there, and is behind a header. Where nothing has
    /// begun, this is all it takes; ``next(_:in:)`` finds out what is left then.
    @inlinable @inline(__always)
    public func nextWhole(in bytes: inout UnsafeRawBufferPointer) throws(PacketError) -> MemoryBlock? {
        guard framing != .line, let start = bytes.baseAddress, case .complete(let size, let length) = header(in: bytes)
        else { return nil }
        try check(size)
        let rest = bytes.count - length - size
        if rest < 0 { return nil }
        let block = MemoryBlock.allocate(size + tailRoom)
        memcpy(block, start + length, size)
        bytes = UnsafeRawBufferPointer(start: start + (length + size), count: rest)
        return MemoryBlock(adopting: block, count: size)
    }

    /// The way of packets that come in pieces, and of lines.
    @usableFromInline @inline(never)
    func resume(
        _ fragment: inout PacketFragment,
        in bytes: inout UnsafeRawBufferPointer
    ) throws(PacketError) -> MemoryBlock? {
        if bytes.isEmpty { return nil }
        if framing == .line { return try nextLine(&fragment, in: &bytes) }
        switch fragment {
        case .none, .line: fragment = .header(0, count: 0)
        case .header, .body: break
        }
        if case .header(let start, let count) = fragment {
            guard let size = try size(start, count, &fragment, in: &bytes) else { return nil }
            fragment = .body(.init(first: min(size, bytes.count), most: size, tailRoom: tailRoom), size: size)
        }
        guard case .body(var received, let size) = fragment else { return nil }
        let taken = min(size - received.count, bytes.count)
        received.append(bytes.prefixed(taken), most: size, tailRoom: tailRoom)
        bytes = bytes.dropped(taken)
        if received.count < size {
            fragment = .body(received, size: size)
            return nil
        }
        fragment = .none
        return MemoryBlock(adopting: received.block, count: size)
    }

    /// Completes a header byte by byte; nil when there are too few.
    private func size(
        _ start: UInt64,
        _ count: Int,
        _ fragment: inout PacketFragment,
        in bytes: inout UnsafeRawBufferPointer
    ) throws(PacketError) -> Int? {
        var (start, count) = (start, count)
        while let byte = bytes.first {
            start |= UInt64(byte) << UInt64(8 * count)
            count += 1
            bytes = bytes.dropped(1)
            fragment = .none
            let header = withUnsafeBytes(of: start.littleEndian) { self.header(in: $0.prefixed(count)) }
            switch header {
            case .incomplete: continue
            case .endless: throw .endlessLength
            case .complete(let size, _):
                try check(size)
                return size
            }
        }
        fragment = .header(start, count: count)
        return nil
    }
}

extension PacketRules {
    private static let newline = Int32(UInt8(ascii: "\n"))
    private static let carriageReturn = UInt8(ascii: "\r")

    private func nextLine(
        _ fragment: inout PacketFragment,
        in bytes: inout UnsafeRawBufferPointer
    ) throws(PacketError) -> MemoryBlock? {
        guard let start = bytes.baseAddress else { return nil }
        let end = memchr(start, Self.newline, bytes.count).map { UnsafeRawPointer($0) - start }
        let piece = bytes.prefixed(end ?? bytes.count)
        bytes = bytes.dropped(piece.count + (end == nil ? 0 : 1))
        if case .line(let received) = fragment {
            return try goOn(received, piece, isWhole: end != nil, &fragment)
        }
        if end != nil {
            let line = piece.prefixed(length(of: piece))
            try checkLine(line.count)
            return MemoryBlock(copying: line, tailRoom: tailRoom)
        }
        let received = PacketFragment.Received(first: piece.count, most: longestLine, tailRoom: tailRoom)
        return try goOn(received, piece, isWhole: false, &fragment)
    }

    private func goOn(
        _ line: PacketFragment.Received,
        _ piece: UnsafeRawBufferPointer,
        isWhole: Bool,
        _ fragment: inout PacketFragment
    ) throws(PacketError) -> MemoryBlock? {
        var received = line
        fragment = .line(received)
        do throws(PacketError) {
            if received.count + piece.count > longestLine { throw .lineTooLong(received.count + piece.count) }
            received.append(piece, most: longestLine, tailRoom: tailRoom)
            fragment = .line(received)
            let length = length(of: UnsafeRawBufferPointer(start: received.block, count: received.count))
            if length > sizes.upperBound { throw .lineTooLong(length) }
            guard isWhole else { return nil }
            try checkLine(length)
            fragment = .none
            return MemoryBlock(adopting: received.block, count: length)
        } catch {
            fragment.discard()
            throw error
        }
    }

    /// With a carriage return behind the largest.
    private var longestLine: Int { sizes.upperBound + 1 }

    private func length(of line: UnsafeRawBufferPointer) -> Int {
        line.last == Self.carriageReturn ? line.count - 1 : line.count
    }

    private func checkLine(_ count: Int) throws(PacketError) {
        if count > sizes.upperBound { throw .lineTooLong(count) }
        if count < sizes.lowerBound { throw .tooSmall(count) }
    }
}

extension UnsafeRawBufferPointer {
    /// Without the first `count` bytes, which must be there.
    @inlinable @inline(__always)
    func dropped(_ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: baseAddress.map { $0 + count }, count: self.count - count)
    }

    /// The first `count` bytes, which must be there.
    @inlinable @inline(__always)
    func prefixed(_ count: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: baseAddress, count: count) }
}
