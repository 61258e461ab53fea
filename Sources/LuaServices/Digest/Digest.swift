// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
public import LuaRuntime

/// The module `md5.core`, the sums behind `lualib/md5.lua`, which adds its own functions to this table.
public enum Digest {
    public static let module = LuaModule(
        "md5.core",
        [
            LuaFunction("sum") { LuaFunction.enter($0, sum) },
            LuaFunction("hmac") { LuaFunction.enter($0, hmac) },
            LuaFunction("exor") { LuaFunction.enter($0, exor) },
            LuaFunction("crypt") { LuaFunction.enter($0, encrypt) },
            LuaFunction("decrypt") { LuaFunction.enter($0, decrypt) },
        ],
        complete: { stack in
            for (field, text) in about {
                stack.push(text)
                stack.rawSet(-2, field: field)
            }
        }
    )

    /// What scripts read to learn whose module this is.
    private static let about: [(StaticString, StaticString)] = [
        ("_VERSION", "MD5 1.2"), ("_COPYRIGHT", "swiftgate, under the MIT License"),
        ("_DESCRIPTION", "MD5 sums and the old cipher made of them"),
    ]

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
        stack.push(bytes: try attempt(sum))
        return 1
    }

    private static func attempt<Sum>(_ sum: () throws(CryptError) -> Sum) throws(LuaError) -> Sum {
        do { return try sum() } catch { throw .message(error.text) }
    }

    /// `exor(a, b)` of two strings of one length.
    private static func exor(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (left, right) = (try stack.requireByteArray(1), try stack.requireByteArray(2))
        guard left.count == right.count else { throw .argument(2, "lengths must be equal") }
        stack.push(bytes: zip(left, right).map { $0 ^ $1 })
        return 1
    }

    /// `crypt(text, key [, seed])`: without a seed the clock's seconds are one.
    private static func encrypt(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let text = try stack.requireByteArray(1)
        let key = try requireKey(stack)
        let seed = stack.type(3) == .none ? clock() : try stack.requireByteArray(3)
        guard seed.count <= MD5Cipher.greatestSeed else {
            throw .argument(3, "seed too long (> \(MD5Cipher.greatestSeed))")
        }
        return try answer(stack) { () throws(CryptError) in try MD5Cipher.encrypt(text, key: key, seed: seed) }
    }

    private static func decrypt(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let cipher = try stack.requireByteArray(1)
        let key = try requireKey(stack)
        let text = try attempt { () throws(CryptError) in try MD5Cipher.decrypt(cipher, key: key) }
        guard let text else { throw .argument(1, "invalid cyphered string") }
        stack.push(bytes: text)
        return 1
    }

    private static func requireKey(_ stack: LuaStack) throws(LuaError) -> [UInt8] {
        let key = try stack.requireByteArray(2)
        guard key.count <= MD5Cipher.greatestKey else {
            throw .argument(2, "key too long (> \(MD5Cipher.greatestKey))")
        }
        return key
    }

    /// The time in seconds, as its eight bytes.
    private static func clock() -> [UInt8] { withUnsafeBytes(of: Int64(time(nil)).littleEndian) { Array($0) } }
}
