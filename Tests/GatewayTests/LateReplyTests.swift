// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

extension NodeTests {
    /// Replies to callers that have gone.
    @Suite struct LateReplyTests {
        @Test func `a reply that comes after its caller has gone is silent`() async throws {
            let config = """
                thread = 2
                harbor = 0
                start = "late"
                luaservice = "./Tests/Scripts/gateway/?.lua"
                checkbuffers = true
                """
            let node = try RunningNode(["{DIR}config"], files: ["config": config])
            try await node.line(containing: "late is done")
            #expect(try await node.exitStatus() == 0)
            let complaints = node.lines.filter { line in
                ["error", "traceback", "Unknown", "Response message", "never given back"].contains(where: line.contains)
            }
            #expect(complaints.isEmpty, "\(complaints)")
        }
    }
}
