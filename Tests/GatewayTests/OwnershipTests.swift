// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

extension NodeTests {
    /// Sockets that move from service to service.
    @Suite struct OwnershipTests {
        @Test func `another service that starts a socket reads on where the first one stopped`() async throws {
            let gate = try await RunningNode.running("transfer")
            let client = try gate.client()
            try client.write(Array("hello\n".utf8))
            #expect(try line(client) == "first: hello")
            try client.write(Array("pass\n".utf8))
            #expect(try line(client) == "first: pass")
            for number in 0..<3 {
                try client.write(Array("line \(number)\n".utf8))
                #expect(try line(client) == "second: line \(number)")
            }
            client.finishSending()
            #expect(try client.readToEnd() == [])
        }

        private func line(_ client: GateClient) throws -> String {
            var bytes: [UInt8] = []
            while bytes.last != UInt8(ascii: "\n") { bytes += try client.read(1) }
            return String(decoding: bytes.dropLast(), as: UTF8.self)
        }
    }
}
