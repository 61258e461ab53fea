// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import LuaRuntime
import LuaServices
import Testing

@Suite struct TLSTests {
    private static let prelude = """
        local tls = require "ltls.c"
        require("ltls.init.c").constructor()
        local folder = ...
        local certificate, key = folder .. "server-cert.pem", folder .. "server-key.pem"
        local function pair(ciphers)
            local context = tls.newctx()
            context:set_cert(certificate, key)
            if ciphers then context:set_ciphers(ciphers) end
            return tls.newtls("client", tls.newctx(), "localhost"), tls.newtls("server", context)
        end
        local function handshake(client, server)
            local out, turns = client:handshake(), 0
            while not (client:finished() and server:finished()) do
                local answer = server:handshake(out)
                out = client:handshake(answer)
                turns = turns + 1
                assert(turns < 10)
            end
            if out then server:handshake(out) end
        end
        """

    private static func run(_ script: String) throws {
        let lua = try LuaVectors.state(nil, modules: [TLS.module, TLS.initialisation])
        let folder = LuaVectors.root.path() + "/Tests/Fixtures/tls/"
        try lua.run(prelude + "\n" + script, chunkName: "=tls", arguments: [folder])
    }

    @Test func `two ends complete the handshake and talk`() throws {
        try Self.run(
            """
            for _, ciphers in ipairs { false, "ECDHE-ECDSA-AES128-GCM-SHA256" } do
                local client, server = pair(ciphers or nil)
                handshake(client, server)
                same(server:read(client:write "hello"), "hello", "to the server")
                local text = ("answer "):rep(20000)
                local sent = server:write(text)
                assert(sent ~= text)
                local found = {}
                for at = 1, #sent, 1000 do found[#found + 1] = client:read(sent:sub(at, at + 999)) end
                same(table.concat(found), text, "to the client, in pieces")
                same(client:read(), "", "nothing more")
                same(client:write "", "", "nothing to say")
                client:close()
                same_error("tls is closed", "closed", client.read, client)
            end
            """
        )
    }

    @Test func `garbage and misuse are errors`() throws {
        try Self.run(
            """
            local client, server = pair()
            assert(not pcall(server.handshake, server, ("garbage"):rep(100)))
            assert(not pcall(client.write, client, "too early"))
            assert(not pcall(tls.newtls, "neither", tls.newctx()))
            assert(not pcall(tls.newtls, "client", {}))
            local context = tls.newctx()
            assert(not pcall(context.set_cert, context, "/nowhere", key))
            assert(not pcall(context.set_ciphers, context, "NO-SUCH-CIPHER"))
            client, server = pair()
            handshake(client, server)
            local sent = client:write "hello"
            local bad = sent:sub(1, 10) .. string.char(sent:byte(11) ~ 1) .. sent:sub(12)
            assert(not pcall(server.read, server, bad))
            tls.newtls("client", context, "127.0.0.1"):set_ext_host_name "example.org"
            """
        )
    }
}
