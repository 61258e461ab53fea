// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// What the command says and how it ends, as a shell sees it.
@Suite(.serialized, .onOwnThreads, .timeLimit(.minutes(5))) struct CommandTests {
    /// A main service that says when it has started, and is asked for by `start = "idle"`.
    private static let idle = [
        "config": "thread = 2\nluaservice = '{DIR}?.lua'\nstart = 'idle'",
        "idle.lua": "local skynet = require 'skynet'\nskynet.start(function() skynet.error 'idle is up' end)",
    ]

    private func run(_ arguments: [String], files: [String: String] = [:]) async throws -> (Int32, [String]) {
        let node = try RunningNode(arguments, files: files)
        return (try await node.exitStatus(), node.lines)
    }

    @Test func `without an argument it asks for a config file`() async throws {
        let (status, lines) = try await run([])
        #expect(status == 1)
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("Need a config file.") == true)
        #expect(lines.last?.hasPrefix("usage: ") == true)
    }

    @Test func `its version is the newest of the changelog`() async throws {
        let (status, lines) = try await run(["--version"])
        #expect(status == 0)
        let changelog = try String(contentsOf: RunningNode.home.appending(path: "CHANGELOG.md"), encoding: .utf8)
        let newest = changelog.split(separator: "\n").first { $0.hasPrefix("## ") }
        #expect(newest?.dropFirst(3).prefix { $0 != " " } == lines.first.map { $0[...] })
    }

    @Test func `its help shows the usage`() async throws {
        let (status, lines) = try await run(["--help"])
        #expect(status == 0)
        #expect(lines.contains { $0.contains("swiftgate <config> [--set <key=value> ...]") })
    }

    @Test(arguments: [
        ("thread = 'many'", "config:1: thread: Invalid thread \"many\", should be a number in [1,1024]"),
        ("thread = 0", "config:1: thread: Invalid thread 0 , should be in [1,1024]"),
        ("shutdown_grace = 'soon'", "config:1: shutdown_grace: should be a number of seconds in [0,86400]"),
        ("blocked_threads = 0", "config:1: blocked_threads: should be a number in [1,1000]"),
        ("\nthread ==", "config:2: syntax error near '=='"),
        ("include 'other'", "other: No such file or directory"),
        ("a = {}", "config:1: Invalid config table key = a"),
    ])
    func `a wrong configuration is one line on stderr`(text: String, message: String) async throws {
        let (status, lines) = try await run(["{DIR}config"], files: ["config": text])
        #expect(status != 0)
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("Error: ") == true)
        #expect(lines.first?.contains(message) == true, "\(lines)")
    }

    @Test func `a missing configuration is one line on stderr`() async throws {
        let (status, lines) = try await run(["no/such/config"])
        #expect(status != 0)
        #expect(lines == ["Error: ./no/such/config: No such file or directory"])
    }

    @Test func `a main service that does not load ends the node with a message`() async throws {
        let (status, lines) = try await run(["{DIR}config", "--set", "start=absent"], files: Self.idle)
        #expect(status != 0)
        #expect(lines.contains { $0.hasPrefix("Error: ") && $0.contains("start") && $0.contains("absent") }, "\(lines)")
    }

    @Test func `words behind the configuration are ignored with a warning`() async throws {
        let node = try RunningNode(["{DIR}config", "one", "--set", "harbor=0", "two words"], files: Self.idle)
        try await node.line(containing: "idle is up")
        #expect(
            node.lines.filter { $0 == "Warning: ignored behind the configuration file: one 'two words'" }.count == 1
        )
        node.send(SIGTERM)
        #expect(try await node.exitStatus() == 0)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal ends the node cleanly`(signal: Int32) async throws {
        let node = try RunningNode(["{DIR}config"], files: Self.idle)
        try await node.line(containing: "idle is up")
        node.send(signal)
        #expect(try await node.exitStatus() == 0)
    }

    @Test func `a node in the background has a pid file, is alone, and deletes the file at its end`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "swiftgate-\(UUID().uuidString).pid").path()
        let first = try RunningNode(["{DIR}config", "--set", "daemon=\(file)"], files: Self.idle)
        #expect(try await first.exitStatus() == 0, "\(first.lines)")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let node = try #require(Int32(text.dropLast()))
        defer { kill(node, SIGKILL) }

        let second = try RunningNode(["{DIR}config", "--set", "daemon=\(file)"], files: Self.idle)
        #expect(try await second.exitStatus() != 0)
        #expect(second.lines == ["Error: Skynet is already running, pid = \(node)."])

        // The node holds a lock on the file as long as it lives, so a lock of ours comes when it has ended.
        let descriptor = open(file, O_RDONLY)
        defer { close(descriptor) }
        kill(node, SIGTERM)
        let deadline = ContinuousClock.now + .seconds(60)
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(2))
        }
        #expect(!FileManager.default.fileExists(atPath: file))
    }
}
