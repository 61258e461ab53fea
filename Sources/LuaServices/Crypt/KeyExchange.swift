// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Diffie-Hellman in a group of 64 bits, as the login protocol agrees on a secret.
///
/// A group so small keeps out the curious, not the determined; TLS keeps out both.
package enum KeyExchange {
    private static let prime: UInt64 = 0xffff_ffff_ffff_ffc5
    private static let generator: UInt64 = 5

    /// What to tell the peer about the secret key `key`.
    package static func publish(_ key: [UInt8]) throws(CryptError) -> [UInt8] {
        guard key.count == 8 else { throw CryptError("Invalid dh uint64 key") }
        let exponent = UInt64(littleEndianBytes: key)
        guard exponent != 0 else { throw CryptError("Can't be 0") }
        return power(generator, exponent).littleEndianBytes
    }

    /// The secret shared with the peer that published `published`.
    package static func agree(_ published: [UInt8], key: [UInt8]) throws(CryptError) -> [UInt8] {
        let (base, exponent) = try Challenge.numbers(published, key, names: ("x", "y"))
        guard base != 0, exponent != 0 else { throw CryptError("Can't be 0") }
        // Peers reduce only what is greater than the prime, so that the prime to the power of one is itself.
        if exponent == 1, base == prime { return base.littleEndianBytes }
        return power(base % prime, exponent).littleEndianBytes
    }

    /// 8 random bytes that are never all zero.
    package static func randomKey() -> [UInt8] {
        var key = UInt64.random(in: .min ... .max).littleEndianBytes
        if key.reduce(0, ^) == 0 { key[0] |= 1 }
        return key
    }

    /// Square and multiply, modulo the prime.
    private static func power(_ base: UInt64, _ exponent: UInt64) -> UInt64 {
        var (result, square, exponent): (UInt64, UInt64, UInt64) = (1, base, exponent)
        while exponent > 0 {
            if exponent & 1 == 1 { result = multiply(result, square) }
            square = multiply(square, square)
            exponent >>= 1
        }
        return result
    }

    private static func multiply(_ left: UInt64, _ right: UInt64) -> UInt64 {
        prime.dividingFullWidth(left.multipliedFullWidth(by: right)).remainder
    }
}
