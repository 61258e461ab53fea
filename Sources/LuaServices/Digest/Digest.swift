// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// The module `md5.core`, the sums behind `lualib/md5.lua`.
public enum Digest {
    public static let module = LuaModule(
        "md5.core",
        [
            LuaFunction("sum") { LuaFunction.enter($0, sum) },
            LuaFunction("hmac") { LuaFunction.enter($0, hmac) },
            LuaFunction("exor") { LuaFunction.enter($0, exor) },
        ]
    )

    /// `sum(text)`: 16 bytes.
    private static func sum(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let text = try stack.requireByteArray(1)
        return try answer(stack) { () throws(CryptError) in try Digests.md5(text) }
    }

    /// `hmac(text, key)`: 16 bytes, RFC 2104.
    private static func hmac(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (text, key) = (try stack.requireByteArray(1), try stack.requireByteArray(2))
        return try answer(stack) { () throws(CryptError) in try Digests.hmacMD5(key: key, text: text) }
    }

    private static func answer(_ stack: LuaStack, _ sum: () throws(CryptError) -> [UInt8]) throws(LuaError) -> Int32 {
        do { stack.push(bytes: try sum()) } catch { throw .message(error.text) }
        return 1
    }

    /// `exor(a, b)` of two strings of one length.
    private static func exor(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (left, right) = (try stack.requireByteArray(1), try stack.requireByteArray(2))
        guard left.count == right.count else { throw .argument(2, "lengths must be equal") }
        stack.push(bytes: zip(left, right).map { $0 ^ $1 })
        return 1
    }
}
