// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The cipher of the old MD5 library: cipher feedback, with the sum of the feedback and the key as the key stream.
///
/// It keeps no secrets today; it is here for texts that were written with it. A text begins with the length of its
/// seed and the seed.
package enum MD5Cipher {
    package static let blockSize = 16
    package static let greatestSeed = 16
    package static let greatestKey = 256

    /// - Precondition: seed and key are no longer than the greatest.
    package static func encrypt(_ text: [UInt8], key: [UInt8], seed: [UInt8]) throws(CryptError) -> [UInt8] {
        precondition(seed.count <= greatestSeed && key.count <= greatestKey, "the caller checks seed and key")
        var feedback = Feedback(seed: seed, key: key)
        return [UInt8(seed.count)] + seed + (try feedback.apply(to: text) { _, cipher in cipher })
    }

    /// Nil for what ``encrypt(_:key:seed:)`` never makes.
    package static func decrypt(_ cipher: [UInt8], key: [UInt8]) throws(CryptError) -> [UInt8]? {
        guard let count = cipher.first.map(Int.init), count <= greatestSeed, cipher.count > count else { return nil }
        var feedback = Feedback(seed: Array(cipher[1..<1 + count]), key: key)
        return try feedback.apply(to: Array(cipher[(1 + count)...])) { input, _ in input }
    }

    /// What makes the next bytes of the key stream: the last block of cipher, and the key.
    private struct Feedback {
        private var bytes: [UInt8]

        init(seed: [UInt8], key: [UInt8]) {
            bytes = seed + [UInt8](repeating: 0, count: blockSize - seed.count) + key
        }

        /// - Parameter cipher: which of a block's input and output is the cipher.
        mutating func apply(
            to text: [UInt8],
            cipher: (ArraySlice<UInt8>, ArraySlice<UInt8>) -> ArraySlice<UInt8>
        ) throws(CryptError) -> [UInt8] {
            var output: [UInt8] = []
            output.reserveCapacity(text.count)
            for start in stride(from: 0, to: text.count, by: blockSize) {
                let input = text[start..<min(start + blockSize, text.count)]
                output += zip(input, try Digests.md5(bytes)).map { $0 ^ $1 }
                let block = cipher(input, output[start...])
                bytes.replaceSubrange(0..<block.count, with: block)
            }
            return output
        }
    }
}
