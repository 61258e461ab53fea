// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// What a service writes to one socket and then to another leaves in that order.
    @Suite struct WriteOrderTests {
        @Test(arguments: ["turn", "turns"])
        func `bytes for a second socket are never there before those for the first`(line: String) async throws {
            let gate = try await RunningNode.running("order")
            let second = try GateClient(port: try await gate.node.port(after: "second listens on"))
            let first = try gate.client()
            #expect(try first.read(6) == Array("ready\n".utf8))
            let words = Array("\(line)\n".utf8)
            for _ in 0..<200 {
                try first.write(words)
                #expect(try second.read(words.count) == words)
                // Not waited for: loopback delivers in the sender's own system call.
                #expect(first.waiting == words.count)
                _ = try first.read(words.count)
            }
        }
    }
}

extension GateClient {
    /// How many bytes could be read at once.
    fileprivate var waiting: Int {
        var bytes = [UInt8](repeating: 0, count: 65536)
        return recv(descriptor, &bytes, bytes.count, Int32(MSG_PEEK | MSG_DONTWAIT))
    }
}
