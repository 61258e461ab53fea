// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Integers as the low byte first, the order of every number in this room.
extension FixedWidthInteger where Self: UnsignedInteger {
    /// The number in the first bytes; missing bytes count as zero.
    init(littleEndianBytes bytes: some Sequence<UInt8>) {
        var shift = 0
        self = 0
        for byte in bytes.prefix(Self.bitWidth / 8) {
            self |= Self(byte) << shift
            shift += 8
        }
    }

    var littleEndianBytes: [UInt8] {
        (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
    }
}
