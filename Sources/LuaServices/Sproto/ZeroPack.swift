// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The compression of messages: what is zero is left out.
///
/// Eight bytes at a time become a byte of flags and the bytes that are not zero. Groups without a zero are copied in
/// runs, which groups of six or seven such bytes may continue.
package enum ZeroPack {
    private static let rawMark: UInt8 = 0xff
    private static let longestRun = 256

    package static func pack(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var packed: [UInt8] = []
        packed.reserveCapacity(bytes.count)
        var run: (mark: Int, count: Int)?
        for start in stride(from: 0, to: bytes.count, by: 8) {
            let group = group(bytes, from: start)
            let weight = nonzeroCount(group)
            if let open = run, weight >= 6, open.count < longestRun {
                run = (open.mark, open.count + 1)
                packed[open.mark] = UInt8(open.count)
                append(group, to: &packed)
            } else if weight == 8 {
                packed.append(rawMark)
                run = (packed.count, 1)
                packed.append(0)
                append(group, to: &packed)
            } else {
                run = nil
                appendNonzero(group, to: &packed)
            }
        }
        return packed
    }

    /// Nil for a truncated stream.
    package static func unpack(_ packed: UnsafeRawBufferPointer) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * packed.count)
        var place = 0
        while place < packed.count {
            let flags = packed[place]
            place += 1
            guard let used = flags == rawMark ? copyRun(packed, place, &bytes) : spread(flags, packed, place, &bytes)
            else { return nil }
            place += used
        }
        return bytes
    }

    /// Eight bytes as a number, the first lowest; beyond the end they are zero.
    private static func group(_ bytes: UnsafeRawBufferPointer, from start: Int) -> UInt64 {
        if bytes.count - start >= 8 {
            return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        }
        return bytes[start...].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func nonzeroCount(_ group: UInt64) -> Int {
        (0..<8).reduce(0) { $0 + (UInt8(truncatingIfNeeded: group >> UInt64(8 * $1)) == 0 ? 0 : 1) }
    }

    private static func append(_ group: UInt64, to packed: inout [UInt8]) {
        withUnsafeBytes(of: group.littleEndian) { packed.append(contentsOf: $0) }
    }

    private static func appendNonzero(_ group: UInt64, to packed: inout [UInt8]) {
        let place = packed.count
        var flags: UInt8 = 0
        packed.append(0)
        for index in 0..<8 {
            let byte = UInt8(truncatingIfNeeded: group >> UInt64(8 * index))
            if byte == 0 { continue }
            flags |= 1 << UInt8(index)
            packed.append(byte)
        }
        packed[place] = flags
    }

    private static func copyRun(_ packed: UnsafeRawBufferPointer, _ place: Int, _ bytes: inout [UInt8]) -> Int? {
        guard place < packed.count else { return nil }
        let count = 8 * (Int(packed[place]) + 1)
        guard packed.count - place - 1 >= count else { return nil }
        bytes.append(contentsOf: packed[place + 1..<place + 1 + count])
        return 1 + count
    }

    private static func spread(
        _ flags: UInt8,
        _ packed: UnsafeRawBufferPointer,
        _ place: Int,
        _ bytes: inout [UInt8]
    ) -> Int? {
        guard packed.count - place >= flags.nonzeroBitCount else { return nil }
        var used = 0
        for index in 0..<8 {
            let isPresent = flags >> UInt8(index) & 1 == 1
            bytes.append(isPresent ? packed[place + used] : 0)
            if isPresent { used += 1 }
        }
        return used
    }
}
