// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// The module `skynet.crypt`, which is `client.crypt` as well: what logins need of cryptography.
///
/// Every function takes strings and answers a string. The sums themselves are the other files of this room, which know
/// nothing of Lua.
public enum Crypt {
    public static let module = LuaModule("skynet.crypt", functions, complete: addPaddings)

    /// The same for clients without a node.
    public static let clientModule = LuaModule("client.crypt", functions, complete: addPaddings)

    private static let functions = [
        LuaFunction("hashkey") { LuaFunction.enter($0) { stack throws(LuaError) in try stack.digest(KeyHash.hash) } },
        LuaFunction("randomkey") {
            LuaFunction.enter($0) { stack throws(LuaError) in stack.answer(KeyExchange.randomKey()) }
        },
        LuaFunction("hmac64") {
            LuaFunction.enter($0) { stack throws(LuaError) in try stack.combine(Challenge.hmac64) }
        },
        LuaFunction("hmac64_md5") {
            LuaFunction.enter($0) { stack throws(LuaError) in try stack.combine(Challenge.hmac64MD5) }
        },
        LuaFunction("hmac_hash") {
            LuaFunction.enter($0) { stack throws(LuaError) in try stack.combine(Challenge.hmacHash) }
        },
        LuaFunction("dhexchange") {
            LuaFunction.enter($0) { stack throws(LuaError) in try stack.convert(KeyExchange.publish) }
        },
        LuaFunction("dhsecret") {
            LuaFunction.enter($0) { stack throws(LuaError) in try stack.combine(KeyExchange.agree) }
        },
        LuaFunction("desencode") { LuaFunction.enter($0) { stack throws(LuaError) in try stack.crypt(DES.encrypt) } },
        LuaFunction("desdecode") { LuaFunction.enter($0) { stack throws(LuaError) in try stack.crypt(DES.decrypt) } },
        LuaFunction("base64encode") {
            LuaFunction.enter($0) { stack throws(LuaError) in try stack.digest(Base64.encode) }
        },
        LuaFunction("base64decode") {
            LuaFunction.enter($0) { stack throws(LuaError) in try stack.convert(Base64.decode) }
        },
        LuaFunction("hexencode") {
            LuaFunction.enter($0) { stack throws(LuaError) in try stack.digest(Hexadecimal.encode) }
        },
        LuaFunction("hexdecode") {
            LuaFunction.enter($0) { stack throws(LuaError) in try stack.convert(Hexadecimal.decode) }
        },
        LuaFunction("sha1") { LuaFunction.enter($0) { stack throws(LuaError) in try stack.convert(Digests.sha1) } },
        LuaFunction("hmac_sha1") {
            LuaFunction.enter($0) { stack throws(LuaError) in try stack.combine(Digests.hmacSHA1) }
        },
        LuaFunction("xor_str") { LuaFunction.enter($0) { stack throws(LuaError) in try stack.combine(Mask.apply) } },
    ]

    @Sendable private static func addPaddings(_ stack: LuaStack) {
        stack.pushTable(fields: 2)
        stack.push(BlockPadding.iso7816_4.rawValue)
        stack.rawSet(-2, field: "iso7816_4")
        stack.push(BlockPadding.pkcs7.rawValue)
        stack.rawSet(-2, field: "pkcs7")
        stack.rawSet(-2, field: "padding")
    }
}

/// A text under a mask that repeats.
package enum Mask {
    package static func apply(_ text: [UInt8], mask: [UInt8]) throws(CryptError) -> [UInt8] {
        guard !mask.isEmpty else { throw CryptError("Can't xor empty string") }
        return text.indices.map { text[$0] ^ mask[$0 % mask.count] }
    }
}

/// The shapes the functions of this room come in.
extension LuaStack {
    fileprivate func answer(_ bytes: [UInt8]) -> Int32 {
        push(bytes: bytes)
        return 1
    }

    fileprivate func digest(_ function: ([UInt8]) -> [UInt8]) throws(LuaError) -> Int32 {
        answer(function(try requireByteArray(1)))
    }

    fileprivate func convert(_ function: ([UInt8]) throws(CryptError) -> [UInt8]) throws(LuaError) -> Int32 {
        let text = try requireByteArray(1)
        return try answer { () throws(CryptError) in try function(text) }
    }

    fileprivate func combine(_ function: ([UInt8], [UInt8]) throws(CryptError) -> [UInt8]) throws(LuaError) -> Int32 {
        let (first, second) = (try requireByteArray(1), try requireByteArray(2))
        return try answer { () throws(CryptError) in try function(first, second) }
    }

    fileprivate func crypt(
        _ function: ([UInt8], [UInt8], Int) throws(CryptError) -> [UInt8]
    ) throws(LuaError) -> Int32 {
        let (key, text) = (try requireByteArray(1), try requireByteArray(2))
        let padding = try requireInteger(3, default: BlockPadding.iso7816_4.rawValue)
        return try answer { () throws(CryptError) in try function(key, text, padding) }
    }

    private func answer(_ sum: () throws(CryptError) -> [UInt8]) throws(LuaError) -> Int32 {
        do { return answer(try sum()) } catch { throw .message(error.text) }
    }
}
