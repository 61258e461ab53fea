// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// Nodes of one harbor network.
    @Suite(.serialized) struct HarborTests {
        @Test func `a network of one node starts as in skynet`() async throws {
            let one = try await HarborNetwork(1).start(1, isStandalone: true)
            let code = """
                local list = {}
                for address, line in pairs(skynet.call(".launcher", "lua", "LIST")) do list[#list + 1] = address .. " " .. line end
                table.sort(list)
                return skynet.address(skynet.localname ".launcher"), skynet.address(skynet.localname ".cslave"),
                    skynet.address(harbor.queryname "DATACENTER"), skynet.address(harbor.queryname "SERVICE"),
                    skynet.address(skynet.self()), skynet.harbor(skynet.self())
                """
            #expect(
                try one.run(code) == ":01000003 :01000005 :01000007 :01000008 :01000009 1 false"
            )
            let launches = one.node.lines.filter { $0.contains("] LAUNCH ") }.prefix(3)
            #expect(
                launches.map { $0.prefix(32) } == [
                    "[:01000002] LAUNCH snlua bootstr", "[:01000003] LAUNCH snlua launche",
                    "[:01000004] LAUNCH snlua cmaster",
                ]
            )
            #expect(try one.run("skynet.name('ONE', skynet.self()) return skynet.call('ONE', 'lua', 'echo', 5)") == "5")
            #expect(try one.run("return skynet.call(':01000009', 'lua', 'echo', 6)") == "6")
            #expect(try one.run("return pcall(skynet.call, 9, 'lua', 'echo', 6)").hasPrefix("false "))
            one.node.send(SIGTERM)
            #expect(try await one.node.exitStatus() == 0)
        }

        @Test func `two nodes call each other by name and by address`() async throws {
            let network = try HarborNetwork(1, 2)
            let one = try await network.start(1, isStandalone: true)
            _ = try one.run("skynet.name('ONE', skynet.self())")
            let two = try await network.start(2)
            #expect(try two.run("return skynet.call('ONE', 'lua', 'echo', 'x', nil, 1.5)") == "x nil 1.5")
            #expect(try two.run("return skynet.address(harbor.queryname 'ONE')") == ":01000009")
            #expect(try two.run("return skynet.call(0x01000009, 'lua', 'source')") == ":02000007")
            #expect(try two.run("return skynet.harbor(harbor.queryname 'ONE')") == "1 true")
            // A body that spans many reads, both ways.
            #expect(try two.run("return #skynet.call('ONE', 'lua', 'echo', ('x'):rep(3000000))") == "3000000")
            // Sends keep their order.
            _ = try two.run("for i = 1, 2000 do skynet.send(i % 2 == 0 and 'ONE' or 0x01000009, 'lua', 'note', i) end")
            _ = try two.run("return skynet.call('ONE', 'lua', 'echo')")
            #expect(
                try one.run("for i = 1, 2000 do assert(notes[i] == i, i) end return #notes") == "2000"
            )
            // In the name of a third one, who gets the answer.
            _ = try two.run("skynet.redirect('ONE', 0x01000009, 'lua', 0, skynet.packstring('note', 'redirected'))")
            _ = try two.run("return skynet.call('ONE', 'lua', 'echo')")
            #expect(try one.run("return notes[2001]") == "redirected")
            #expect(
                try one.run("return skynet.redirect(0x02000007, 0x01000009, 'lua', 0, skynet.packstring('note', 'r'))")
                    == "0"
            )
            // Services that exist once in the network, and its data.
            #expect(try two.run("return skynet.address(skynet.uniqueservice(true, 'datacenterd'))").hasPrefix(":01"))
            #expect(
                try two.run("local d = require 'skynet.datacenter' d.set('a', 'b', 5) return d.get('a', 'b')") == "5"
            )
            #expect(
                try one.run("return skynet.call('SERVICE', 'lua', 'LIST')['@datacenterd'] ~= nil") == "true"
            )
        }

        @Test func `who is not there is told`() async throws {
            let network = try HarborNetwork(1, 2)
            let one = try await network.start(1, isStandalone: true)
            let two = try await network.start(2)
            #expect(try two.run("return pcall(skynet.call, 0x0100ffff, 'lua')").contains("call failed"))
            try await one.node.line(containing: "] Unknown destination :100ffff from :2000007 type(10)")
            // A handler that raises, and the native service, which takes no requests.
            #expect(
                try two.run("return pcall(skynet.call, 0x01000009, 'lua', 'no such command')").contains("call failed")
            )
            #expect(try two.run("return pcall(skynet.call, 0x01000006, 'lua', 1)").contains("call failed"))
            try await one.node.line(containing: "[:01000006] recv invalid message from 2000007,  type = 10")
            // More than a record holds: refused where it is sent, and the link lives.
            #expect(
                try two.run("return pcall(skynet.call, 0x01000009, 'lua', ('x'):rep(1 << 24))").contains("call failed")
            )
            try await two.node.line(containing: "error: The message to 1000009 is too large (16777")
            #expect(try two.run("return skynet.call(0x01000009, 'lua', 'echo', 1)") == "1")
            #expect(
                try two.run("return #skynet.call(0x01000009, 'lua', 'echo', ('x'):rep((1 << 24) - 100))") == "16777116"
            )
        }

        @Test func `messages are kept until there is somebody to have them`() async throws {
            let network = try HarborNetwork(1, 2)
            let one = try await network.start(1, isStandalone: true)
            // For a name, and for a node.
            try one.begin("name", "skynet.call", "'TWO'", "'lua'", "'echo'", "'kept'")
            try one.begin("node", "skynet.call", "0x02000003", "'lua'", "'QUERY'", "1")
            try one.begin("query", "harbor.queryname", "'TWO'")
            try one.begin("connect", "harbor.connect", "2")
            try one.begin("link", "harbor.link", "2")
            try await one.wait(for: "true", of: "link")
            _ = try one.run("for i = 1, 100 do skynet.send('TWO', 'lua', 'note', i) end")
            #expect(try one.run("return done.name, done.query, done.connect") == "waiting waiting waiting")
            let two = try await network.start(2)
            try await one.wait(for: "true", of: "connect")
            try await one.wait(for: "true nil", of: "node")
            #expect(try one.run("return done.name, done.query") == "waiting waiting")
            _ = try two.run("harbor.globalname 'TWO'")
            try await one.wait(for: "true kept", of: "name")
            try await one.wait(for: "true \(0x0200_0007)", of: "query")
            try await two.wait(for: "100", "return #notes")
            #expect(try two.run("for i = 1, 100 do assert(notes[i] == i) end return 'in order'") == "in order")
        }
    }
}
