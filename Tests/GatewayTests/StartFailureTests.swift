// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// A start service that fails to load ends the node with one clear message.
    @Suite struct StartFailureTests {
        @Test(arguments: [
            ("local x = = 1\n", ["broken.lua:1:", "unexpected symbol near '='"]),
            ("\n\nerror 'not today'\n", ["broken.lua:3:", "not today"]),
            ("require 'no.such.module'\n", ["no.such.module"]),
        ])
        func `what is wrong with the start service is said`(script: String, parts: [String]) async throws {
            let node = try start(script)
            #expect(try await node.exitStatus() != 0)
            let log = node.lines.joined(separator: "\n")
            for part in parts { #expect(log.contains(part), "\(log)") }
            let messages = node.lines.filter { $0.hasPrefix("Error: ") }
            #expect(messages.count == 1 && messages.first?.contains("broken") == true, "\(log)")
        }

        @Test func `a module that is nowhere is told once with its paths, and with the name that was meant`()
            async throws
        {
            let node = try start("\nrequire 'skynet.sokcet'\n")
            #expect(try await node.exitStatus() != 0)
            let message = "broken.lua:2: module 'skynet.sokcet' not found: did you mean 'skynet.socket'?"
            #expect(node.lines.filter { $0.hasPrefix("Error: ") && $0.hasSuffix(message) }.count == 1, "\(node.lines)")
            #expect(node.lines.filter { $0.contains("no file './lualib/skynet/sokcet.lua'") }.count == 1)
        }

        @Test func `a start function that raises is reported, and the node lives on`() async throws {
            let node = try start("local skynet = require 'skynet'\nskynet.start(function() error 'no luck' end)\n")
            let report = try await node.line(containing: "init service failed: ")
            #expect(report.hasSuffix("broken.lua:2: no luck"), "\(report)")
            // The bootstrap service leaves after that; a node that ended would say so instead.
            try await node.line(containing: "[:00000002] KILL self")
            node.send(SIGTERM)
            #expect(try await node.exitStatus() == 0)
        }

        private func start(_ script: String) throws -> RunningNode {
            try RunningNode(
                ["{DIR}config"],
                files: [
                    "config": "thread = 2\nharbor = 0\nluaservice = '{DIR}?.lua'\nstart = 'broken'",
                    "broken.lua": script,
                ]
            )
        }
    }
}
