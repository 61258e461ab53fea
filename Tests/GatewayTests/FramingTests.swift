// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

extension NodeTests {
    /// Packets are cut right, however the bytes arrive.
    @Suite struct FramingTests {
        @Test func `a header and a body in pieces make one packet`() async throws {
            let gate = try await RunningNode.example("echo")
            let client = try gate.client()
            #expect(try client.ask("warm") == "warm")
            let streams: [[[UInt8]]] = [
                [[0], [3, 1, 2, 3]], [[0, 3], [1, 2, 3]], [[0, 3, 1], [2], [3]], [[0, 1, 9, 0], [3, 1, 2, 3]],
            ]
            for pieces in streams {
                let bytes = pieces.flatMap { $0 }
                for piece in pieces {
                    try client.write(piece)
                    // Another client's packet goes to and fro: the piece was read before the next one is sent.
                    #expect(try gate.client().ask("between") == "between")
                }
                #expect(try client.read(bytes.count) == bytes)
            }
            #expect(!gate.node.lines.contains { $0.contains("error") }, "\(gate.node.lines)")
        }

        @Test func `one byte at a time makes the same packets`() async throws {
            let gate = try await RunningNode.example("echo")
            let client = try gate.client()
            let bytes = ["one", "", "byte", "at a time"].flatMap { GateClient.packet(Array($0.utf8)) }
            for byte in bytes { try client.write([byte]) }
            #expect(try client.read(bytes.count) == bytes)
        }

        @Test func `10,000 packets in one write come back in order`() async throws {
            let gate = try await RunningNode.example("echo")
            let client = try gate.client()
            let bytes = (0..<10_000).flatMap { GateClient.packet(Array("packet \($0)".utf8)) }
            try client.write(bytes)
            #expect(try client.read(bytes.count) == bytes)
        }

        @Test func `the shortest and the longest packets come back`() async throws {
            let gate = try await RunningNode.example("echo")
            let client = try gate.client()
            let longest = (0..<65535).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            for body in [[], longest, [], [0], longest, longest, []] {
                try client.send(body)
                #expect(try client.receive() == body)
            }
            try client.write([[], longest, [], longest].flatMap(GateClient.packet))
            for body in [[], longest, [], longest] { #expect(try client.receive() == body) }
        }

        @Test(arguments: [[0], [255, 255], [255, 255, 1, 2, 3], [0, 1]] as [[UInt8]])
        func `a packet that never ends harms nobody`(beginning: [UInt8]) async throws {
            let gate = try await RunningNode.example("echo")
            let client = try gate.client()
            try client.write(GateClient.packet([1]) + beginning)
            #expect(try client.receive() == [1])
            client.finishSending()
            #expect(try client.readToEnd() == [])
            try await gate.node.line(containing: "Client closed : ")
            #expect(try gate.client().ask("well") == "well")
        }
    }
}
