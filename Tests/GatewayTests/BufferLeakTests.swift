// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// Buffers that scripts forget.
    @Suite struct BufferLeakTests {
        @Test func `with checkbuffers the end of a service tells what it never gave back, and where it came from`()
            async throws
        {
            let node = try await Self.run(settings: "checkbuffers = true", leaks: 3)
            let leaks = node.lines.filter { $0.contains("never given back") }
            let place = "./Tests/Scripts/gateway/leaking.lua"
            let told = Set(leaks.map { String($0.drop { $0 != " " }.dropFirst()) })
            #expect(
                leaks.count == 3
                    && told == [
                        "3 buffers (6 bytes) never given back, got at \(place):13",
                        "1 buffer (10 bytes) never given back, got at \(place):15",
                        "1 buffer (6 bytes) never given back, got at \(place):38",
                    ],
                "\(node.lines.joined(separator: "\n"))"
            )
        }

        @Test func `without checkbuffers nothing is said`() async throws {
            let node = try await Self.run(settings: "", leaks: 0)
            #expect(!node.lines.contains { $0.contains("never given back") })
        }

        private static func run(settings: String, leaks: Int) async throws -> RunningNode {
            let config = """
                thread = 2
                harbor = 0
                start = "leaking"
                luaservice = "./Tests/Scripts/gateway/?.lua"
                \(settings)
                """
            let node = try RunningNode(["{DIR}config"], files: ["config": config])
            try await node.line(containing: "leaking is done")
            try await node.lines(containing: "never given back", atLeast: leaks)
            node.send(SIGTERM)
            #expect(try await node.exitStatus() == 0)
            return node
        }
    }
}
