// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// Nodes of a harbor network are lost, and come back.
    @Suite(.serialized) struct HarborLossTests {
        @Test func `a node that is killed is mourned by those who asked, and a new one takes its place`() async throws {
            let network = try HarborNetwork(1, 2, 3, 4)
            let one = try await network.start(1, isStandalone: true)
            let two = try await network.start(2)
            let three = try await network.start(3)
            _ = try two.run("harbor.globalname 'ROVER'")
            #expect(try three.run("return skynet.call('ROVER', 'lua', 'echo', 1)") == "1")
            for member in [one, three] {
                try member.begin("link", "harbor.link", "2")
                #expect(try member.result(of: "link") == "waiting")
            }
            two.node.send(SIGKILL)
            for member in [one, three] { try await member.wait(for: "true", of: "link") }
            try await one.node.line(containing: "slave 2 is down")
            // Calls to the lost node wait for ever, without a word; the others are as before.
            let logged = one.node.lines.count
            for (name, target) in [("byName", "'ROVER'"), ("byAddress", "0x02000007")] {
                try one.begin(name, "skynet.call", target, "'lua'", "'echo'", "1")
            }
            #expect(try one.run("return skynet.call(0x03000007, 'lua', 'echo', 2)") == "2")
            #expect(try one.run("return done.byName, done.byAddress") == "waiting waiting")
            #expect(one.node.lines.dropFirst(logged).filter { $0.contains("Drop") } == [])
            // Its number is taken as long as the master lives.
            let again = try network.launch(2)
            try await one.node.line(containing: "Slave 2 already register on \(network.address(of: 2))")
            #expect(try await again.exitStatus() != 0)
            #expect(again.lines.contains { $0.contains("Can't start the node without its service 'cslave'") })
            // A new number joins, and the name follows to it.
            let four = try await network.start(4)
            _ = try four.run("harbor.globalname 'ROVER'")
            for member in [one, three] {
                // What was sent to the name before the news arrived is lost, so the news is waited for.
                try await member.wait(for: "\(0x0400_0007)", "return harbor.queryname 'ROVER'")
                #expect(try member.run("return skynet.call(0x04000007, 'lua', 'echo', 3)") == "3")
                #expect(try member.run("return skynet.call('ROVER', 'lua', 'echo', 4)") == "4")
            }
            #expect(try three.run("return skynet.call(0x04000007, 'lua', 'source')") == ":03000007")
        }

        @Test func `without the master the links go on`() async throws {
            let network = try HarborNetwork(1, 2, 3)
            let one = try await network.start(1, isStandalone: true)
            let two = try await network.start(2)
            let three = try await network.start(3)
            _ = try three.run("harbor.globalname 'THREE'")
            #expect(try two.run("return skynet.call('THREE', 'lua', 'echo', 1)") == "1")
            try two.begin("master", "harbor.linkmaster")
            try two.begin("link", "harbor.link", "1")
            #expect(try two.run("return done.master, done.link") == "waiting waiting")
            one.node.send(SIGKILL)
            try await two.wait(for: "true", of: "master")
            try await two.wait(for: "true", of: "link")
            try await two.node.line(containing: "Master disconnect")
            #expect(try two.run("return skynet.call('THREE', 'lua', 'echo', 2)") == "2")
            #expect(try three.run("return skynet.call(0x02000007, 'lua', 'echo', 3)") == "3")
        }

        @Test(arguments: [
            ("master = nil", "has no 'master'"), ("address = nil", "has no 'address'"),
            ("master = '127.0.0.1:1'\nstandalone = nil", "Can't connect to master"),
            ("harbor = 0", "standalone: a node with harbor = 0 is its own master"),
            ("harbor = nil\naddress = nil", "has no 'address'"),
        ])
        func `a node that finds no network ends, and says why`(lines: String, reason: String) async throws {
            let ports = try FreePort.take(2)
            let config = """
                thread = 2
                harbor = 5
                address = "127.0.0.1:\(ports[0])"
                master = "127.0.0.1:\(ports[1])"
                standalone = master
                \(lines)
                """
            let node = try RunningNode(["{DIR}config"], files: ["config": config])
            #expect(try await node.exitStatus() != 0)
            #expect(node.lines.contains { $0.contains(reason) }, "\(node.lines)")
        }
    }
}
