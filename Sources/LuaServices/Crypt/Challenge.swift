// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The 8-byte authentication codes of the login protocol.
///
/// They prove knowledge of a secret to a peer that sent a challenge. 64 bits are little: good against guessing online,
/// not for signing what is kept.
package enum Challenge {
    /// The bare MD5 compression of one block made of the two numbers, without MD5's final addition.
    package static func hmac64(_ x: [UInt8], _ y: [UInt8]) throws(CryptError) -> [UInt8] {
        let (x, y) = try numbers(x, y, names: ("x", "y"))
        let group = [UInt32(x >> 32), UInt32(truncatingIfNeeded: x), UInt32(y >> 32), UInt32(truncatingIfNeeded: y)]
        let (a, b, c, d) = compress(group + group + group + group)
        return (c ^ d).littleEndianBytes + (a ^ b).littleEndianBytes
    }

    /// MD5 of the two numbers written three times, its halves folded together.
    package static func hmac64MD5(_ x: [UInt8], _ y: [UInt8]) throws(CryptError) -> [UInt8] {
        _ = try numbers(x, y, names: ("x", "y"))
        let pair = x + y
        let digest = try Digests.md5(pair + pair + pair)
        return zip(digest.prefix(8), digest.suffix(8)).map { $0 ^ $1 }
    }

    /// The code of a text of any length.
    package static func hmacHash(key: [UInt8], text: [UInt8]) throws(CryptError) -> [UInt8] {
        guard key.count == 8 else { throw CryptError("Invalid uint64 key") }
        return try hmac64(KeyHash.hash(text), key)
    }

    static func numbers(
        _ x: [UInt8],
        _ y: [UInt8],
        names: (String, String)
    ) throws(CryptError) -> (UInt64, UInt64) {
        guard x.count == 8 else { throw CryptError("Invalid uint64 \(names.0)") }
        guard y.count == 8 else { throw CryptError("Invalid uint64 \(names.1)") }
        return (UInt64(littleEndianBytes: x), UInt64(littleEndianBytes: y))
    }

    /// The 64 steps of RFC 1321, section 3.4.
    private static func compress(_ block: [UInt32]) -> (UInt32, UInt32, UInt32, UInt32) {
        var (a, b, c, d): (UInt32, UInt32, UInt32, UInt32) = (0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476)
        for step in 0..<64 {
            let (mixed, word) = mix(step, b, c, d)
            let sum = a &+ mixed &+ MD5Table.sines[step] &+ block[word]
            let turn = MD5Table.turns[step / 16][step % 4]
            (a, b, c, d) = (d, b &+ (sum << turn | sum >> (32 - turn)), b, c)
        }
        return (a, b, c, d)
    }

    /// A step's round function, and the word of the block it adds.
    private static func mix(_ step: Int, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> (UInt32, Int) {
        switch step / 16 {
        case 0: (b & c | ~b & d, step)
        case 1: (d & b | ~d & c, (5 * step + 1) % 16)
        case 2: (b ^ c ^ d, (3 * step + 5) % 16)
        default: (c ^ (b | ~d), 7 * step % 16)
        }
    }
}
