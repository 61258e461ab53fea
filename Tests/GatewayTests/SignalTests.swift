// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// How a node ends when it is told to.
    @Suite struct SignalTests {
        @Test(arguments: [SIGTERM, SIGINT])
        func `a node with clients ends cleanly at a signal`(signal: Int32) async throws {
            let gate = try await RunningNode.running("example_gate")
            let clients = try (0..<20).map { _ in try gate.client() }
            for client in clients { #expect(try client.ask("here") == "here") }
            try clients[0].send("flood 512")
            try clients[1].send("sleep 5000")
            gate.node.send(signal)
            #expect(try await gate.node.exitStatus() == 0)
            for client in clients[2...] { #expect(client.isTurnedAway()) }
        }

        @Test(arguments: ["TERM", "INT"])
        func `a signal at the very start is obeyed as any other`(signal: String) async throws {
            let node = try RunningNode(
                ["{DIR}config", "--set", "preload={DIR}preload.lua"],
                files: [
                    "config": "thread = 2\nharbor = 0\nluaservice = '{DIR}?.lua'\nstart = 'main'",
                    // The first Lua code of the node; a hang-up asks for nothing but a new log file.
                    "preload.lua":
                        "if SERVICE_NAME == 'bootstrap' then io.popen('kill -HUP $PPID; kill -\(signal) $PPID'):close() end",
                    "main.lua": "require 'skynet'.start(function() end)",
                ]
            )
            #expect(try await node.exitStatus() == 0)
            #expect(node.lines.contains("[:00000000] swiftgate stops: SIG\(signal)"), "\(node.lines)")
        }

        @Test func `after a SIGHUP the log goes to a new file of the old name`() async throws {
            let node = try RunningNode(
                ["{DIR}config"],
                files: [
                    "config": "thread = 1\nluaservice = '{DIR}?.lua'\nstart = 'clerk'\nlogger = '{DIR}node.log'",
                    "clerk.lua": """
                    local skynet = require "skynet"
                    skynet.start(function()
                        local old = skynet.getenv("logger")
                        print("log " .. old)
                        io.stdout:flush()
                        while true do
                            skynet.error "tick"
                            skynet.sleep(1)
                        end
                    end)
                    """,
                ]
            )
            let path = String(try await node.line(containing: "log /").dropFirst("log ".count))
            try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
            let deadline = ContinuousClock.now + .seconds(60)
            while !FileManager.default.fileExists(atPath: path), ContinuousClock.now < deadline {
                node.send(SIGHUP)
                try await Task.sleep(for: .milliseconds(20))
            }
            let size = { try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0 }
            while try size() == 0, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(2)) }
            #expect(try String(contentsOfFile: path, encoding: .utf8).contains("tick"))
            node.send(SIGTERM)
            #expect(try await node.exitStatus() == 0)
        }

        @Test func `a second signal does not wait for a service that is stuck`() async throws {
            let node = try RunningNode(
                ["{DIR}config"],
                files: [
                    "config": "thread = 2\nharbor = 0\nluaservice = '{DIR}?.lua'\nstart = 'stuck'",
                    // Stuck in C, where nothing interrupts it: the match fails after 10 to the 15th steps or so.
                    "stuck.lua": """
                    local skynet = require "skynet"
                    skynet.start(function()
                        skynet.timeout(0, function()
                            skynet.error "stuck from here on"
                            local text = ("a"):rep(1000)
                            text:find(("a-"):rep(6) .. "b")
                        end)
                    end)
                    """,
                ]
            )
            try await node.line(containing: "stuck from here on")
            // Two that come at once may be one to the kernel: hence again and again.
            let deadline = ContinuousClock.now + .seconds(60)
            while node.isRunning, ContinuousClock.now < deadline {
                node.send(SIGTERM)
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await node.exitStatus(seconds: 10) == 128 + SIGTERM)
        }
    }
}
