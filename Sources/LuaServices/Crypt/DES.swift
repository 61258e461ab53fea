// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL

/// DES in electronic codebook mode, on texts of any length.
///
/// Kept for the protocols that speak it: a key of 56 bits is no protection today. OpenSSL has put DES aside with the
/// old ciphers that a system may lack; three-key DES with one key three times is the same cipher and always there.
package enum DES {
    package static func encrypt(key: [UInt8], text: [UInt8], padding: Int) throws(CryptError) -> [UInt8] {
        let key = try tripled(key)
        return try transform(try BlockPadding(mode: padding).pad(text), key: key, encrypts: true)
    }

    package static func decrypt(key: [UInt8], text: [UInt8], padding: Int) throws(CryptError) -> [UInt8] {
        let key = try tripled(key)
        guard text.count > 0, text.count % blockSize == 0 else {
            throw CryptError("Invalid des crypt text length \(text.count)")
        }
        return try BlockPadding(mode: padding).strip(try transform(text, key: key, encrypts: false))
    }

    /// In bytes.
    static let blockSize = 8

    /// How much OpenSSL is given at once, in bytes: whole blocks, and less than a 32-bit count holds.
    private static let portion = 1 << 20

    private static func tripled(_ key: [UInt8]) throws(CryptError) -> [UInt8] {
        guard key.count == blockSize else { throw CryptError("Invalid key size \(key.count), need 8 bytes") }
        return key + key + key
    }

    /// Whole blocks, each by itself.
    private static func transform(_ text: [UInt8], key: [UInt8], encrypts: Bool) throws(CryptError) -> [UInt8] {
        let refusal = CryptError("des is not offered by this system's OpenSSL")
        guard let context = EVP_CIPHER_CTX_new() else { throw refusal }
        defer { EVP_CIPHER_CTX_free(context) }
        guard EVP_CipherInit_ex(context, EVP_des_ede3_ecb(), nil, key, nil, encrypts ? 1 : 0) == 1,
            EVP_CIPHER_CTX_set_padding(context, 0) == 1
        else {
            ERR_clear_error()
            throw refusal
        }
        var done = true
        let result = [UInt8](unsafeUninitializedCapacity: text.count) { room, count in
            text.withUnsafeBufferPointer { text in
                while done, count < text.count {
                    let size = Int32(min(portion, text.count - count))
                    var written: Int32 = 0
                    let (target, source) = (room.baseAddress! + count, text.baseAddress! + count)
                    done = EVP_CipherUpdate(context, target, &written, source, size) == 1 && written == size
                    count += Int(size)
                }
            }
        }
        guard done else {
            ERR_clear_error()
            throw refusal
        }
        return result
    }
}
