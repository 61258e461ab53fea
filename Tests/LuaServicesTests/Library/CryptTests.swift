// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime
import LuaServices
import Testing

@Suite struct CryptTests {
    /// Functions of hex in and hex out, with the names their arguments have in the vectors.
    private static let check = """
        local crypt = require "skynet.crypt"
        local name, fields = ...
        local function argument(case, field)
            if field == "padding" then return case.padding end
            return case[field] and unhex(case[field]) or case[field .. "_text"]
        end
        local count = 0
        for i, case in ipairs(vectors[name]) do
            local arguments, n = {}, 0
            for field in fields:gmatch "%a+" do
                n = n + 1
                arguments[n] = argument(case, field)
            end
            local what = ("%s %d"):format(name, i)
            if case.error then
                same_error(case.error, what, crypt[name], table.unpack(arguments, 1, n))
            else
                local out = crypt[name](table.unpack(arguments, 1, n))
                same(case.out_text or case.out, case.out_text and out or hex(out), what)
            end
            count = count + 1
        end
        assert(count > 0)
        """

    @Test(arguments: [
        ("hashkey", "in"), ("hmac64", "x y"), ("hmac64_md5", "x y"), ("hmac_hash", "key text"), ("dhexchange", "priv"),
        ("dhsecret", "pub priv"), ("desencode", "key text padding"), ("desdecode", "key text padding"),
        ("base64encode", "in"), ("base64decode", "in"), ("hexencode", "in"), ("hexdecode", "in"), ("sha1", "in"),
        ("hmac_sha1", "key text"), ("xor_str", "a b"),
    ])
    func `matches the vectors`(name: String, fields: String) throws {
        let lua = try LuaVectors.state("crypt.json", modules: [Crypt.module])
        try lua.run(Self.check, chunkName: "=check", arguments: [name, fields])
    }

    @Test func `has exactly the functions of the vectors`() throws {
        let lua = try LuaVectors.state("crypt.json", modules: [Crypt.module])
        try lua.run(
            """
            local crypt = require "skynet.crypt"
            for _, name in ipairs(vectors.functions) do assert(crypt[name], name) crypt[name] = nil end
            assert(next(crypt) == nil)
            """,
            chunkName: "=functions"
        )
    }

    @Test func `random keys are eight bytes and differ`() throws {
        let lua = try LuaVectors.state(nil, modules: [Crypt.clientModule])
        try lua.run(
            """
            local crypt = require "client.crypt"
            local seen = {}
            for _ = 1, 1000 do
                local key = crypt.randomkey()
                assert(#key == 8 and not seen[key] and key ~= ("\\0"):rep(8))
                seen[key] = true
            end
            """,
            chunkName: "=random"
        )
    }

    @Test func `numbers are taken for strings and tables are not`() throws {
        let lua = try LuaVectors.state(nil, modules: [Crypt.module])
        try lua.run(
            """
            local crypt = require "skynet.crypt"
            assert(crypt.hexencode(12) == "3132")
            assert(not pcall(crypt.hexencode, {}))
            assert(not pcall(crypt.desencode, "12345678", "x", "y"))
            """,
            chunkName: "=types"
        )
    }

    @Test func `decoders survive anything`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...40)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let symbols = bytes.map { Array("AZaz09+/=\n".utf8)[Int($0) % 10] }
            if let decoded = try? Base64.decode(symbols) { #expect(decoded.count <= symbols.count) }
            if let decoded = try? Hexadecimal.decode(symbols) { #expect(decoded.count == symbols.count / 2) }
            let key = Array("12345678".utf8)
            if let decoded = try? DES.decrypt(key: key, text: bytes, padding: 1) {
                #expect(decoded.count < bytes.count)
            }
        }
    }

    @Test func `what was encoded decodes to itself`() throws {
        let key = Array("12345678".utf8)
        for count in 0..<100 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            #expect(try Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(try Hexadecimal.decode(Hexadecimal.encode(bytes)) == bytes)
            let secret = try DES.encrypt(key: key, text: bytes, padding: count % 2)
            #expect(try DES.decrypt(key: key, text: secret, padding: count % 2) == bytes)
        }
    }

    @Test func `a text of many blocks is crypted block by block`() throws {
        let key = Array("12345678".utf8)
        let block = try DES.encrypt(key: key, text: Array("abcdefgh".utf8), padding: 1).prefix(8)
        let count = 400_000
        let text = [UInt8]([[UInt8]](repeating: Array("abcdefgh".utf8), count: count).joined())
        let secret = try DES.encrypt(key: key, text: text, padding: 1)
        #expect(secret.count == 8 * count + 8)
        #expect(stride(from: 0, to: 8 * count, by: 8).allSatisfy { secret[$0..<$0 + 8] == block })
        #expect(try DES.decrypt(key: key, text: secret, padding: 1) == text)
    }

    /// RFC 2202, the cases whose key is longer than a block, and one that just fits.
    @Test func `a long key counts as its hash`() throws {
        let text = Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
        let key = [UInt8](repeating: 0xaa, count: 80)
        let (sha1, md5) = (try Digests.hmacSHA1(key: key, text: text), try Digests.hmacMD5(key: key, text: text))
        #expect(Hexadecimal.encode(sha1) == Array("aa4ae5e15272d00e95705637ce8a3b55ed402112".utf8))
        #expect(Hexadecimal.encode(md5) == Array("6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd".utf8))
        let hashed = try Digests.hmacSHA1(key: try Digests.sha1(key), text: text)
        #expect(hashed == sha1)
        let fitting = [UInt8](repeating: 0xaa, count: 64)
        let other = try Digests.hmacSHA1(key: try Digests.sha1(fitting), text: text)
        #expect(try Digests.hmacSHA1(key: fitting, text: text) != other)
    }
}
