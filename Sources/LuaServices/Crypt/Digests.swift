// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL

/// The hashes of the system's OpenSSL, on arrays of bytes.
///
/// SHA-1 and MD5 are broken as signatures; they are here because the login protocol and the web speak them. A system
/// that is set up to do without them (FIPS mode) refuses, which is what every function here may throw.
package enum Digests {
    /// 20 bytes.
    package static func sha1(_ text: [UInt8]) throws(CryptError) -> [UInt8] { try digest(text, with: sha1) }

    /// 16 bytes.
    package static func md5(_ text: [UInt8]) throws(CryptError) -> [UInt8] { try digest(text, with: md5) }

    /// 20 bytes; RFC 2104.
    package static func hmacSHA1(key: [UInt8], text: [UInt8]) throws(CryptError) -> [UInt8] {
        try authenticate(text, key: key, with: sha1)
    }

    /// 16 bytes; RFC 2104.
    package static func hmacMD5(key: [UInt8], text: [UInt8]) throws(CryptError) -> [UInt8] {
        try authenticate(text, key: key, with: md5)
    }

    /// One of OpenSSL's hashes.
    private struct Function {
        let name: String
        let pointer: OpaquePointer?
    }

    private static var sha1: Function { Function(name: "sha1", pointer: EVP_sha1()) }

    private static var md5: Function { Function(name: "md5", pointer: EVP_md5()) }

    private static func digest(_ text: [UInt8], with function: Function) throws(CryptError) -> [UInt8] {
        try collect(function) { sum, count in EVP_Digest(text, text.count, sum, &count, function.pointer, nil) == 1 }
    }

    /// A key longer than a block counts as its own hash, so what OpenSSL is told is always short.
    private static func authenticate(
        _ text: [UInt8],
        key: [UInt8],
        with function: Function
    ) throws(CryptError) -> [UInt8] {
        let isLong = key.count > Int(EVP_MD_get_block_size(function.pointer))
        let key = isLong ? try digest(key, with: function) : key
        // OpenSSL takes a null pointer for "the key of last time"; an empty array may be one.
        let storage = key + [0]
        return try collect(function) { sum, count in
            HMAC(function.pointer, storage, Int32(key.count), text, text.count, sum, &count) != nil
        }
    }

    /// - Parameter sum: writes the hash and its length, and says whether it could.
    private static func collect(
        _ function: Function,
        _ sum: (UnsafeMutablePointer<UInt8>, inout UInt32) -> Bool
    ) throws(CryptError) -> [UInt8] {
        var done = false
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { room, count in
            var length: UInt32 = 0
            done = sum(room.baseAddress!, &length)
            count = done ? Int(length) : 0
        }
        guard done else {
            ERR_clear_error()
            throw CryptError("\(function.name) is not offered by this system's OpenSSL")
        }
        return bytes
    }
}
