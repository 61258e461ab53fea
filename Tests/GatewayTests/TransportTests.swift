// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// The same scripts, and the same clients, on every transport and with every framing.
    @Suite struct TransportTests {
        private static func bytes(_ count: Int) -> [UInt8] {
            // No line end among them, so that a line can have them.
            (0..<count).map { UInt8(32 + ($0 &* 7) % 95) }
        }

        @Test func `packets of every size come back`() async throws {
            let gates = try await OpenGates()
            await gates.each { wire in
                let client = try gates.client(wire)
                let empty: [[UInt8]] = wire.isWebSocket ? [] : [[]]
                let bodies = empty + [[65], Self.bytes(125), Self.bytes(126), Self.bytes(127), Self.bytes(128)]
                let all = bodies + [Self.bytes(65535), Self.bytes(16383), Self.bytes(65535)] + empty
                for body in all {
                    try client.send(body)
                    #expect(try client.receive() == body, "\(wire): \(body.count)")
                }
                try client.write(all.flatMap(wire.encoded))
                for body in all { #expect(try client.receive() == body, "\(wire): \(body.count) in a batch") }
            }
        }

        @Test func `one byte at a time makes the same packets`() async throws {
            let gates = try await OpenGates()
            await gates.each { wire in
                let client = try gates.client(wire)
                let words = ["one", "byte", "at a time", String(repeating: "x", count: 130)]
                for byte in words.flatMap({ wire.encoded(Array($0.utf8)) }) { try client.write([byte]) }
                for word in words { #expect(try client.receiveText() == word, "\(wire)") }
            }
        }

        @Test func `a packet that is split anywhere is one packet`() async throws {
            let gates = try await OpenGates()
            await gates.each { wire in
                let (client, other) = (try gates.client(wire), try gates.client(wire))
                let body = Self.bytes(200)
                let packet = wire.encoded(body)
                for place in [1, 2, 3, 4, 5, 7, 8, 9, packet.count - 1] {
                    try client.write(Array(packet[..<place]))
                    // Another client's packet goes to and fro: the piece was read before the next one is sent.
                    #expect(try other.ask("between") == "between", "\(wire)")
                    try client.write(packet[place...] + wire.encoded([66]))
                    #expect(try client.receive() == body, "\(wire): \(place)")
                    #expect(try client.receive() == [66], "\(wire): \(place)")
                }
            }
        }

        @Test func `thousands of packets in one write come back in order`() async throws {
            let gates = try await OpenGates()
            await gates.each { wire in
                let client = try gates.client(wire)
                try client.write((0..<2000).flatMap { wire.encoded(Array("number \($0)".utf8)) })
                for number in 0..<2000 {
                    let text = try client.receiveText()
                    if text != "number \(number)" { Issue.record("\(wire): \(number) is \(text)") }
                }
            }
        }

        @Test func `many clients at once get their own packets`() async throws {
            let gates = try await OpenGates()
            var all: [WireClient] = []
            await gates.each { wire in
                for _ in 0..<20 { all.append(try gates.client(wire)) }
            }
            for round in 0..<3 {
                for (place, client) in all.enumerated() { try client.send("\(round) of \(place)") }
                for (place, client) in all.enumerated() {
                    #expect(try client.receiveText() == "\(round) of \(place)", "\(client.wire)")
                }
            }
        }

        @Test func `another service than the owner sends to every client`() async throws {
            let gates = try await OpenGates()
            await gates.each { wire in
                let client = try gates.client(wire)
                #expect(try client.ask("elsewhere hello") == "hello", "\(wire)")
            }
        }

        @Test func `what comes with the end of the handshake is not lost`() async throws {
            let gates = try await OpenGates()
            await gates.each { wire in
                var greeting = WireClient.Greeting()
                greeting.early = ["early", "bird"].flatMap { wire.encoded(Array($0.utf8)) }
                let client = try gates.client(wire, greeting)
                #expect(try client.receiveText() == "early", "\(wire)")
                #expect(try client.receiveText() == "bird", "\(wire)")
            }
        }

        @Test func `text messages are packets, or refused with 1003, and fragments make one packet`() async throws {
            let wires: [Wire] = [.webSocket, .secureWebSocket]
            for isRefused in [false, true] {
                let gates = try await OpenGates(
                    wires,
                    listener: "websocket = { text = '\(isRefused ? "refuse" : "accept")' }"
                )
                await gates.each(wires) { wire in
                    let client = try gates.client(wire)
                    var (first, last) = (Wire.frame(2, Array("one ".utf8)), Wire.frame(0, Array("packet".utf8)))
                    first[0] &= 0x7F
                    last[0] |= 0x80
                    // A ping between two fragments is answered before the packet.
                    try client.write(first + Wire.frame(9, [1, 2]) + last)
                    #expect(try client.read(4) == [0x8A, 2, 1, 2], "\(wire)")
                    #expect(try client.receiveText() == "one packet", "\(wire)")
                    try client.write(Wire.frame(1, Array("text".utf8)))
                    if isRefused {
                        #expect(try client.expectEnd() == 1003, "\(wire)")
                    } else {
                        #expect(try client.receiveText() == "text", "\(wire)")
                    }
                }
            }
        }

        // MARK: Large packets and limits

        @Test func `send_packet sends what the framing can say, and else says why not`() async throws {
            let gates = try await OpenGates(listener: "largest_packet = 1048576")
            await gates.each { wire in
                let client = try gates.client(wire)
                #expect(try client.ask("packet 65535") == String(repeating: "p", count: 65535), "\(wire)")
                let answer = try client.ask("packet 200000")
                if wire.hasLargePackets {
                    #expect(answer == String(repeating: "p", count: 200_000), "\(wire)")
                    let body = Self.bytes(300_000)
                    try client.send(body)
                    #expect(try client.receive() == body, "\(wire)")
                } else {
                    #expect(
                        answer.hasSuffix("200000 bytes cannot be sent there, at most 65535 can"),
                        "\(wire): \(answer)"
                    )
                }
                #expect(try client.ask("goes on") == "goes on", "\(wire)")
            }
        }

        @Test func `a packet over or under the limits closes its client with a reason`() async throws {
            let gates = try await OpenGates(listener: "smallest_packet = 4, largest_packet = 100")
            await gates.each { wire in
                let tooLarge =
                    wire.isWebSocket
                    ? "WebSocket message over the limit"
                    : wire.framing == .line ? "longer than the allowed 100" : "101 bytes, and at most 100 are allowed"
                let tooSmall = "3 bytes, and at least 4 are needed"
                // Lines have no smallest length.
                for (size, reason) in [(101, tooLarge), (3, tooSmall)] where size > 3 || wire.framing != .line {
                    let client = try gates.client(wire)
                    let count = gates.node.lines.count { $0.contains("Client error : ") && $0.contains(reason) }
                    for fine in [4, 100] {
                        try client.send(Self.bytes(fine))
                        #expect(try client.receive().count == fine, "\(wire)")
                    }
                    try client.write(wire.encoded(Self.bytes(size)) + wire.encoded(Self.bytes(10)))
                    let code = try? client.expectEnd()
                    if wire.isWebSocket, size == 101 { #expect(code == 1009, "\(wire)") }
                    try await gates.node.lines(containing: reason, atLeast: count + 1, seconds: 10)
                }
                #expect(try gates.client(wire).ask("node is well") == "node is well", "\(wire)")
            }
        }

        @Test func `a packet of a size that nobody could have costs its client the connection`() async throws {
            let gates = try await OpenGates()
            let heads: [Wire.Framing: [UInt8]] = [
                .u32be: [255, 255, 255, 255], .u32le: [255, 255, 255, 255], .varint: [255, 255, 255, 255, 255, 255],
                .line: [UInt8](repeating: 65, count: 70_000),
                .messages: [0x82, 0xFF, 0x7F, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4],
            ]
            await gates.each { wire in
                guard let head = heads[wire.framing] else { return }
                let client = try gates.client(wire)
                #expect(try client.ask("warm") == "warm")
                try client.write(head)
                _ = try? client.expectEnd()
                #expect(client.connection.isTurnedAway(), "\(wire)")
                #expect(try gates.client(wire).ask("node is well") == "node is well", "\(wire)")
            }
        }
    }
}
