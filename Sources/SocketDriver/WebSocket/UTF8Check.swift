// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Checks text as it comes, and objects at the first byte that no valid text can have there.
struct UTF8Check {
    /// Continuation bytes that the current character still needs.
    private var missing = 0
    /// What the next continuation byte may be: the first one of a character tells apart what is too long, a surrogate, or
    /// beyond U+10FFFF.
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF

    /// Whether the text may end here.
    var isComplete: Bool { missing == 0 }

    /// Takes bytes that were XORed with `mask`, whose first byte is for the first of them (zero: they are in the clear).
    /// False as soon as this cannot become text; nothing more must be asked then.
    mutating func accepts(_ bytes: UnsafeRawBufferPointer, mask: UInt32 = 0) -> Bool {
        let wide = UInt64(mask) << 32 | UInt64(mask)
        var place = 0
        while place < bytes.count {
            if missing == 0, place & 3 == 0, place + 8 <= bytes.count {
                let eight = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self).bigEndian ^ wide
                if eight & 0x8080_8080_8080_8080 == 0 {
                    place += 8
                    continue
                }
            }
            let byte = bytes[place] ^ UInt8(truncatingIfNeeded: mask >> UInt32(24 - 8 * (place & 3)))
            guard accepts(byte) else { return false }
            place += 1
        }
        return true
    }

    private mutating func accepts(_ byte: UInt8) -> Bool {
        if missing > 0 {
            guard allowed.contains(byte) else { return false }
            allowed = 0x80...0xBF
            missing -= 1
            return true
        }
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: missing = 1
        case 0xE0: expect(2, 0xA0...0xBF)
        case 0xED: expect(2, 0x80...0x9F)
        case 0xE1...0xEF: missing = 2
        case 0xF0: expect(3, 0x90...0xBF)
        case 0xF4: expect(3, 0x80...0x8F)
        case 0xF1...0xF3: missing = 3
        default: return false
        }
        return true
    }

    private mutating func expect(_ count: Int, _ first: ClosedRange<UInt8>) {
        missing = count
        allowed = first
    }
}
