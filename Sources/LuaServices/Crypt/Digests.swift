// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Crypto

/// The hashes of swift-crypto, on arrays of bytes.
///
/// SHA-1 and MD5 are broken as signatures; they are here because the login protocol and the web speak them.
package enum Digests {
    package static func sha1(_ text: [UInt8]) -> [UInt8] { digest(text, with: Insecure.SHA1()) }

    package static func md5(_ text: [UInt8]) -> [UInt8] { digest(text, with: Insecure.MD5()) }

    package static func hmacSHA1(key: [UInt8], text: [UInt8]) -> [UInt8] {
        Array(HMAC<Insecure.SHA1>.authenticationCode(for: text, using: SymmetricKey(data: key)))
    }

    package static func hmacMD5(key: [UInt8], text: [UInt8]) -> [UInt8] {
        Array(HMAC<Insecure.MD5>.authenticationCode(for: text, using: SymmetricKey(data: key)))
    }

    private static func digest<Function: HashFunction>(_ text: [UInt8], with function: Function) -> [UInt8] {
        var function = function
        text.withUnsafeBytes { function.update(bufferPointer: $0) }
        return Array(function.finalize())
    }
}
