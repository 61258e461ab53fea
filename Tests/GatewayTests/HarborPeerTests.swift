// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// Our nodes and a peer that speaks as a skynet node does, byte by byte, or as no node would.
    @Suite(.serialized) struct HarborPeerTests {
        /// A node that plays number 2 of a network whose number 1 is ours.
        private struct PeerNode {
            let one: HarborNetwork.Member
            let master: GateClient
            let listener: RawListener
            var link: GateClient

            /// - Parameter number: what it says its number is, once connected.
            init(number: UInt8 = 2) async throws {
                let network = try HarborNetwork(1)
                one = try await network.start(1, isStandalone: true)
                listener = try RawListener()
                master = try GateClient(port: network.master)
                let address = Array("127.0.0.1:\(listener.port)".utf8)
                try master.write(PeerNode.packet(hex: "0c480a02", [UInt8(address.count << 3 | 4)] + address))
                #expect(try master.read(5) == [4, 0x0C, 0x57, 0x0A, 1])
                link = try listener.accept()
                #expect(try link.read(1) == [1])
                try link.write([number])
            }

            static func packet(hex: String, _ rest: [UInt8] = []) -> [UInt8] {
                let body = HarborPeerTests.bytes(hex) + rest
                return [UInt8(body.count)] + body
            }

            /// Calls our echo through the link, the bytes as in the reference.
            func echoes() throws -> Bool {
                try link.write(HarborPeerTests.bytes("00000013" + "246563686f0a07" + "020000770a00000900000003"))
                return try link.read(4 + 2 + 12)
                    == HarborPeerTests.bytes("0000000e" + "0a07" + "010000090100007700000003")
            }
        }

        private static func bytes(_ hex: String) -> [UInt8] {
            stride(from: 0, to: hex.count, by: 2).map { offset in
                UInt8(hex.dropFirst(offset).prefix(2), radix: 16) ?? 0
            }
        }

        @Test func `a skynet node is spoken to in its bytes`() async throws {
            let peer = try await PeerNode()
            #expect(try peer.echoes())
            // Names: R is told to everybody, Q answered to the asker, or not at all.
            try peer.master.write(PeerNode.packet(hex: "0c5244" + "46414b454e414d45" + "2277000002"))
            let told = Self.bytes("100c4e44" + "46414b454e414d45" + "2277000002")
            #expect(try peer.master.read(17) == told)
            try peer.master.write(PeerNode.packet(hex: "0c5124" + "4e4f5045"))
            try peer.master.write(PeerNode.packet(hex: "0c5144" + "46414b454e414d45"))
            #expect(try peer.master.read(17) == told)
            // Our node calls it by that name.
            try peer.one.begin("call", "skynet.call", "'FAKENAME'", "'lua'", "'call-by-name'")
            #expect(try peer.link.read(17) == Self.bytes("00000019" + "64") + Array("call-by-name".utf8))
            let trailer = try peer.link.read(12)
            #expect(trailer.prefix(8) == Self.bytes("010000090a000077")[...])
            try peer.link.write(Self.bytes("0000000c" + "02000077" + "07000009") + trailer.suffix(4))
            try await peer.one.wait(for: "true", "return done.call:find 'call failed' ~= nil")
        }

        @Test func `records may come in any pieces`() async throws {
            let peer = try await PeerNode()
            for byte in Self.bytes("00000013" + "246563686f0a07" + "020000770a00000900000003") {
                try peer.link.write([byte])
            }
            #expect(try peer.link.read(18) == Self.bytes("0000000e" + "0a07" + "010000090100007700000003"))
        }

        @Test func `a wrong number ends the link, and its messages are refused`() async throws {
            let peer = try await PeerNode(number: 3)
            try await peer.one.node.line(containing: "Invalid shakehand id (3) from fd = ")
            try await peer.one.node.line(containing: "Unknown fd (")
            #expect(peer.link.isTurnedAway())
            try await isRefused(peer)
        }

        @Test(arguments: [("01000000", "long"), ("ffffffff", "long"), ("0000000b", "short"), ("00000000", "short")])
        func `a length that no record has ends the link`(length: String, word: String) async throws {
            let peer = try await PeerNode()
            try peer.link.write(Self.bytes(length))
            try await peer.one.node.line(containing: "Message is too \(word) from harbor 2")
            #expect(peer.link.isTurnedAway())
            try await isRefused(peer)
        }

        private func isRefused(_ peer: PeerNode) async throws {
            #expect(try peer.one.run("return pcall(skynet.call, 0x02000009, 'lua', 'x')").contains("call failed"))
            try await peer.one.node.line(
                containing: "Drop message to harbor 2 from 1000009 to 2000009 (session = "
            )
        }

        @Test func `messages with addresses of memory in them are not let in`() async throws {
            let peer = try await PeerNode()
            for type in ["04", "05", "06"] {
                let body = "01000000" + "01000000" + "ffffffff" + "00000000" + "1111111111111111"
                try peer.link.write(Self.bytes("00000024" + body + "02000077" + type + "000009" + "00000000"))
                #expect(try peer.link.read(16).prefix(12) == Self.bytes("0000000c" + "01000009" + "07000077")[...])
            }
            #expect(try peer.echoes())
            let told = try await peer.one.node.lines(containing: "Unknown destination :1000009", atLeast: 3)
            #expect(told.count == 3)
        }

        @Test func `a node that does not read is told of`() async throws {
            let peer = try await PeerNode()
            _ = try peer.one.run("for _ = 1, 16 do skynet.send(0x02000009, 'lua', ('x'):rep(1 << 20)) end")
            try await peer.one.node.line(containing: "[:01000006] message havn't send to Harbor (2) reach ")
        }

        @Test(arguments: [
            ("0c510a02", "Invalid handshake type Q"), ("0c480204", "Invalid slave id 0"),
            ("0c480a0104", "Slave 1 already register on 127.0.0.1:"), ("0c48", "Invalid slave id nil"),
            ("0c480a09", "Invalid slave address nil"), ("ff", "Invalid serialize stream"), ("", "empty packet"),
        ])
        func `the master refuses who does not greet`(body: String, reason: String) async throws {
            let network = try HarborNetwork(1)
            let one = try await network.start(1, isStandalone: true)
            let client = try GateClient(port: network.master)
            try client.write(PeerNode.packet(hex: body))
            let line = try await one.node.line(containing: "disconnect fd = ")
            #expect(line.contains(reason), "\(line)")
            #expect(client.isTurnedAway())
        }

        @Test func `the master goes on after nonsense, and tells of the end`() async throws {
            let peer = try await PeerNode()
            try peer.master.write(PeerNode.packet(hex: "0c5a"))
            try await peer.one.node.line(containing: "Invalid slave message type Z")
            try peer.master.write(PeerNode.packet(hex: "0c520a0e"))
            try await peer.one.node.line(containing: "slave 2 is down")
            #expect(peer.master.isTurnedAway())
            #expect(try peer.echoes())
        }

        @Test func `a node that died on its way is not waited for`() async throws {
            let master = try RawListener()
            let node = try HarborNetwork(5, master: master.port).launch(5)
            let slave = try master.accept()
            _ = try slave.read(Int(try slave.read(1)[0]))
            try slave.write(PeerNode.packet(hex: "0c570a02"))
            // A newer node comes and goes, too; it was never waited for.
            try slave.write(PeerNode.packet(hex: "0c430a07" + "04") + PeerNode.packet(hex: "0c440a07"))
            try slave.write(PeerNode.packet(hex: "0c440a03") + PeerNode.packet(hex: "0c440a04"))
            try await node.line(containing: "Shakehand ready")
            #expect(node.lines.contains { $0.contains("Waiting for 2 harbors") })
        }

        @Test func `a node joins a network whose master is skynet's`() async throws {
            let master = try RawListener()
            let network = try HarborNetwork(5, master: master.port)
            let node = try network.launch(5)
            let slave = try master.accept()
            let address = Array(network.address(of: 5).utf8)
            let greeting = Self.bytes("0c480a05") + [UInt8(address.count << 3 | 4)] + address
            #expect(try slave.read(greeting.count + 1) == [UInt8(greeting.count)] + greeting)
            // One older node is to be waited for; meanwhile a newer one appears, and a name.
            try slave.write(PeerNode.packet(hex: "0c570a01"))
            let newer = try RawListener()
            let place = Array("127.0.0.1:\(newer.port)".utf8)
            try slave.write(PeerNode.packet(hex: "0c430a07", [UInt8(place.count << 3 | 4)] + place))
            try slave.write(PeerNode.packet(hex: "0c4e3c" + "53455256494345" + "2209000003"))
            try await node.line(containing: "Waiting for 1 harbors")
            let older = try GateClient(port: UInt16(network.address(of: 5).split(separator: ":")[1])!)
            try older.write([3])
            #expect(try older.read(1) == [5])
            try await node.line(containing: "Shakehand ready")
            let link = try newer.accept()
            #expect(try link.read(1) == [5])
            // Its manager reports to the one of the network, by the name that was told.
            let report = try older.read(4 + 12 + 12)
            #expect(Array(report[4..<11]) == Self.bytes("345245504f5254"))
            #expect(Array(report[20..<24]) == Self.bytes("0a000009"))
            let (manager, session) = (report[17..<20], report[24..<28])
            try older.write(Self.bytes("0000000d" + "00" + "03000009" + "01") + manager + session)
            try await node.line(containing: "steered listens on")
        }
    }
}
