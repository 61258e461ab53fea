// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// DES on single blocks of 8 bytes, for one key.
///
/// Kept for the protocols that speak it: a key of 56 bits is no protection today.
struct DESCipher {
    /// Six bits for each of the eight boxes, for each of the sixteen rounds.
    private let roundKeys: [UInt64]

    init(key: [UInt8]) throws(CryptError) {
        guard key.count == 8 else { throw CryptError("Invalid key size \(key.count), need 8 bytes") }
        var halves = DESTables.permute(Self.number(key[...]), width: 64, by: DESTables.keyChoice)
        roundKeys = DESTables.keyTurns.map { turn in
            let (left, right) = (Self.rotate(halves >> 28, turn), Self.rotate(halves & 0xfff_ffff, turn))
            halves = left << 28 | right
            return DESTables.permute(halves, width: 56, by: DESTables.roundKeyChoice)
        }
    }

    func encrypt(_ text: [UInt8]) -> [UInt8] { transform(text, with: roundKeys) }

    func decrypt(_ text: [UInt8]) -> [UInt8] { transform(text, with: roundKeys.reversed()) }

    /// Each whole block by itself.
    private func transform(_ text: [UInt8], with keys: [UInt64]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        for start in stride(from: 0, to: text.count, by: 8) {
            let block = crypt(Self.number(text[start..<start + 8]), with: keys)
            for shift in stride(from: 56, through: 0, by: -8) {
                result.append(UInt8(truncatingIfNeeded: block >> UInt64(shift)))
            }
        }
        return result
    }

    private func crypt(_ block: UInt64, with keys: [UInt64]) -> UInt64 {
        let mixed = DESTables.permute(block, width: 64, by: DESTables.initial)
        var (left, right) = (UInt32(mixed >> 32), UInt32(truncatingIfNeeded: mixed))
        for key in keys { (left, right) = (right, left ^ Self.round(right, key)) }
        return DESTables.permute(UInt64(right) << 32 | UInt64(left), width: 64, by: DESTables.final)
    }

    /// Each box sees four bits of the half and the neighbour on either side, going round at the ends.
    private static func round(_ half: UInt32, _ key: UInt64) -> UInt32 {
        let ring = UInt64(half & 1) << 33 | UInt64(half) << 1 | UInt64(half >> 31)
        var result: UInt32 = 0
        for box in 0..<8 {
            let bits = (ring >> (28 - 4 * box)) ^ (key >> (42 - 6 * box))
            result |= DESTables.substitution[box][Int(bits & 63)]
        }
        return result
    }

    private static func rotate(_ half: UInt64, _ turn: Int) -> UInt64 {
        (half << turn | half >> (28 - turn)) & 0xfff_ffff
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
