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

        @Test func `a start function that raises ends the node`() async throws {
            let node = try start("local skynet = require 'skynet'\nskynet.start(function() error 'no luck' end)\n")
            #expect(try await node.exitStatus() == 1)
            let report = try #require(node.lines.first { $0.contains("init service failed: ") })
            #expect(report.hasSuffix("broken.lua:2: no luck"), "\(report)")
            #expect(node.lines.last?.hasPrefix("Error: start = 'broken': ") == true)
            #expect(node.lines.last?.hasSuffix("broken.lua:2: no luck") == true)
        }

        @Test func `what fails after the start does not end the node`() async throws {
            let node = try start(
                """
                local skynet = require 'skynet'
                skynet.start(function()
                    skynet.timeout(1, function() error 'later' end)
                    skynet.timeout(2, function()
                        pcall(skynet.newservice, 'broken again')
                        pcall(skynet.newservice, 'absent')
                        skynet.error 'alive'
                    end)
                end)
                """
            )
            try await node.line(containing: "] alive")
            node.send(SIGTERM)
            #expect(try await node.exitStatus() == 0)
        }

        @Test func `a port that somebody has is one message, which names him`() async throws {
            let holder = try await RunningNode.running("chatter")
            let node = try RunningNode([
                "examples/echo/config", "--set", "port=\(holder.port)", "--set", "address=127.0.0.1",
            ])
            #expect(try await node.exitStatus() == 1)
            let text =
                "Listen error: 127.0.0.1:\(holder.port): Address already in use "
                + "(process \(holder.node.identifier), swiftgate, has it)"
            #expect(node.lines.filter { $0.contains("Listen error") }.count == 2)
            #expect(node.lines.contains { $0.hasPrefix("[:0000000") && $0.hasSuffix("] \(text)") }, "\(node.lines)")
            #expect(node.lines.last == "Error: start = 'main': \(text)")
            #expect(!node.lines.contains { $0.contains("Listen on") || $0.contains("traceback") }, "\(node.lines)")
        }

        @Test(arguments: [
            ("192.0.2.1", "Listen error: 192.0.2.1:8888: Cannot assign requested address"),
            ("no.such.host.invalid", "Listen error: no.such.host.invalid:8888: "),
        ])
        func `an address that is none of this machine's is named with the reason`(
            host: String,
            text: String
        )
            async throws
        {
            let node = try RunningNode(["examples/echo/config", "--set", "address=\(host)"])
            #expect(try await node.exitStatus() == 1)
            #expect(node.lines.last?.hasPrefix("Error: start = 'main': \(text)") == true, "\(node.lines)")
        }

        @Test func `a service that listens in its start function is one message, too`() async throws {
            let holder = try await RunningNode.running("chatter")
            let node = try start(
                """
                local skynet = require 'skynet'
                skynet.start(function() skynet.newservice('debug_console', \(holder.port)) end)
                """
            )
            #expect(try await node.exitStatus() == 1)
            #expect(node.lines.filter { $0.contains("Listen error") }.count == 2, "\(node.lines)")
            #expect(!node.lines.contains { $0.contains("traceback") }, "\(node.lines)")
        }

        @Test(arguments: [
            ("bootstrap=snlua absent", "Error: bootstrap = 'snlua absent': cannot open "),
            ("preload=no/such.lua", "preload: cannot open no/such.lua: No such file or directory"),
            ("logger=no/such/log", "cannot open log file no/such/log: No such file or directory"),
            ("logservice=nothing", "Error: Can't launch nothing service"),
        ])
        func `whatever a node cannot do without ends it with a message`(setting: String, text: String) async throws {
            let node = try start("require('skynet').start(function() end)", "--set", setting)
            #expect(try await node.exitStatus() == 1)
            #expect(node.lines.contains { $0.hasPrefix("Error: ") && $0.contains(text) }, "\(node.lines)")
        }

        @Test func `a node in the background says so as well`() async throws {
            let node = try start(
                "require('skynet').start(function() end)",
                "--set",
                "daemon={DIR}pid",
                "--set",
                "logger=no/such/log"
            )
            #expect(try await node.exitStatus() == 1)
            let text = "Error: Can't launch logger service: cannot open log file no/such/log: No such file or directory"
            #expect(node.lines == [text])
        }

        private func start(_ script: String, _ arguments: String...) throws -> RunningNode {
            try RunningNode(
                ["{DIR}config"] + arguments,
                files: [
                    "config": "thread = 2\nharbor = 0\nluaservice = '{DIR}?.lua'\nstart = 'broken'",
                    "broken.lua": script,
                ]
            )
        }
    }
}
