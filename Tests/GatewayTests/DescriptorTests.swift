// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// A node that runs out of descriptors.
    @Suite struct DescriptorTests {
        @Test func `without descriptors accepting rests, says why, and resumes`() async throws {
            let gate = try await RunningNode.running("handler", descriptors: 64)
            var clients = try (0..<80).map { _ in try gate.client() }
            let line = try await gate.node.line(containing: "Too many open files")
            #expect(line.contains("accept"), "\(line)")
            #expect(try clients[0].ask("the first") == "start the first")
            // Accepting is tried again ten times a second meanwhile, and nothing more is said about it.
            for round in 0..<4 {
                #expect(try clients[0].ask("block \(round)") == "start block \(round)")
                #expect(try clients[0].receiveText() == "end block \(round)")
            }
            #expect(gate.node.lines.count { $0.contains("Too many open files") } == 1)

            // Those that were let in go, and the others are let in: nobody was sent away.
            for client in clients[..<40] { client.hangUp() }
            for (number, client) in clients[40...].enumerated() {
                #expect(try client.ask("\(number)") == "start \(number)")
            }
            clients.removeAll()
            #expect(try gate.client().ask("well") == "start well")
            try await gate.node.line(containing: "goes on after: Too many open files")
        }

        @Test func `a low limit is raised as far as it goes`() async throws {
            var limits = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
            let node = try RunningNode(
                ["{DIR}config"],
                files: [
                    "config": "thread = 1\nharbor = 0\nluaservice = '{DIR}?.lua'\nstart = 'main'",
                    "main.lua": """
                    local skynet = require "skynet"
                    skynet.start(function()
                        for line in io.lines "/proc/self/limits" do
                            if line:find "^Max open files" then skynet.error(line) end
                        end
                    end)
                    """,
                ],
                softDescriptors: 64
            )
            let line = try await node.line(containing: "Max open files")
            #expect(line.split(separator: " ")[4] == "\(limits.rlim_max)")
        }

        @Test func `a gate for more clients than there can be descriptors says so`() async throws {
            let small = try await RunningNode.running("chatter", settings: "maxclient = 64", descriptors: 64)
            #expect(!small.node.lines.contains { $0.contains("maxclient") })
            let large = try await RunningNode.running("chatter", settings: "maxclient = 65", descriptors: 64)
            let line = try await large.node.line(containing: "maxclient = 65")
            #expect(line.hasSuffix("maxclient = 65, but this process may have only 64 files open (ulimit -n)"))
        }
    }
}
