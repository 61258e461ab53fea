// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// How clients go, and how slow ones are waited for, on every transport and with every framing.
    @Suite struct TransportEndingTests {
        @Test func `a client that is kicked sees a proper end`() async throws {
            let gates = try await OpenGates()
            await gates.each { wire in
                let client = try gates.client(wire)
                try client.send("last words")
                try client.send("kick")
                #expect(try client.receiveText() == "last words", "\(wire)")
                let code = try client.expectEnd()
                #expect(code == (wire.isWebSocket ? 1000 : nil), "\(wire)")
            }
        }

        @Test func `echo answers everything that came before the end of stream`() async throws {
            let gates = try await OpenGates()
            let words = (0..<10).map { "packet \($0) \(String(repeating: ".", count: 50))" }
            await gates.each(Wire.all.filter { !$0.isWebSocket }) { wire in
                let clients = try (0..<5).map { _ in try gates.client(wire) }
                let batch = words.flatMap { wire.encoded(Array($0.utf8)) }
                for client in clients {
                    try client.write(batch)
                    client.finishSending()
                }
                for client in clients { #expect(try client.readToEnd() == batch, "\(wire)") }
            }
        }

        @Test func `the close frame of a client is answered, after what came before it`() async throws {
            let gates = try await OpenGates([.webSocket, .secureWebSocket])
            await gates.each([.webSocket, .secureWebSocket]) { wire in
                let client = try gates.client(wire)
                #expect(try client.ask("warm") == "warm")
                try client.write(Wire.frame(8, [0x0F, 0xA1]))
                #expect(try client.expectEnd() == 4001, "\(wire)")
            }
            try await gates.node.lines(containing: "Client closed : ", atLeast: 2)
        }

        @Test func `clients that vanish leave nothing behind`() async throws {
            let gates = try await OpenGates()
            let other = try gates.client(Wire.all[0])
            let before = try other.ask("sockets")
            await gates.each { wire in
                for isReset in [true, false] {
                    let clients = try (0..<5).map { _ in try gates.client(wire) }
                    for client in clients { #expect(try client.ask("well") == "well", "\(wire)") }
                    try clients[0].write(Array(wire.encoded(Array("half a packet".utf8)).prefix(6)))
                    for client in clients {
                        if isReset { client.connection.reset() } else { client.connection.hangUp() }
                    }
                }
                let deadline = ContinuousClock.now + .seconds(20)
                var sockets = ""
                while sockets != before, ContinuousClock.now < deadline {
                    sockets = try other.ask("sockets")
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(sockets == before, "\(wire)")
            }
        }

        @Test func `a slow reader gets everything in order`() async throws {
            let gates = try await OpenGates()
            let clients = try Wire.all.map { try gates.client($0) }
            for client in clients { try client.send("numbers 1000") }
            try await gates.node.lines(containing: " KiB waiting to be sent", atLeast: clients.count)
            let filling = String(repeating: "n", count: 7992)
            for client in clients {
                for number in 1...1000 {
                    let text = try client.receiveText()
                    if text != String(format: "%08d", number) + filling {
                        Issue.record("\(client.wire): \(number) is \(text.prefix(20))")
                        break
                    }
                }
                #expect(try client.ask("caught up") == "caught up", "\(client.wire)")
            }
        }

        @Test(arguments: [Wire.tcp, .tls, .unix])
        func `that a client closes is no failure`(wire: Wire) async throws {
            let gates = try await OpenGates([wire])
            for number in 1...3 {
                let client = try gates.client(wire)
                #expect(try client.ask("well") == "well")
                client.connection.hangUp()
                try await gates.node.lines(containing: "Client closed : ", atLeast: number)
            }
            #expect(try gates.client(wire).ask("well") == "well")
            #expect(!gates.node.lines.contains { $0.contains("Client error : ") }, "\(gates.node.lines)")
        }

        @Test func `the end of a node lets clients have everything, and is told in the way of the transport`()
            async throws
        {
            let gates = try await OpenGates()
            let clients = try Wire.all.map { try gates.client($0) }
            for client in clients {
                try client.send("numbers 300")
                try client.send("log sent")
            }
            try await gates.node.lines(containing: "client says sent", atLeast: clients.count)
            gates.node.send(SIGTERM)
            await gates.each { wire in
                guard let client = clients.first(where: { $0.wire == wire }) else { return }
                for number in 1...300 {
                    let text = try client.receiveText()
                    if !text.hasPrefix(String(format: "%08d", number)) { Issue.record("\(wire): \(text.prefix(20))") }
                }
                #expect(try client.expectEnd() == (wire.isWebSocket ? 1001 : nil), "\(wire)")
            }
            #expect(try await gates.node.exitStatus() == 0)
        }

        @Test func `what waits for a client that is kicked still reaches it`() async throws {
            let gates = try await OpenGates()
            await gates.each { wire in
                let client = try gates.client(wire)
                try client.send("numbers 500")
                try client.send("kick")
                for number in 1...500 {
                    let text = try client.receiveText()
                    if !text.hasPrefix(String(format: "%08d", number)) { Issue.record("\(wire): \(text.prefix(20))") }
                }
                try client.expectEnd()
            }
        }
    }
}
