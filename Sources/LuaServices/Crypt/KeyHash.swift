// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Folds text of any length into the 8 bytes that serve as a key.
package enum KeyHash {
    /// Two running hashes side by side, each 4 bytes.
    package static func hash(_ text: [UInt8]) -> [UInt8] {
        var product: UInt32 = 5381
        var mixture: UInt32 = 1_315_423_911
        for byte in text {
            product = product &* 33 &+ UInt32(byte)
            mixture ^= (mixture << 5) &+ UInt32(byte) &+ (mixture >> 2)
        }
        return product.littleEndianBytes + mixture.littleEndianBytes
    }
}
