// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// A log that is not read, or cannot be written: clients do not notice, and the node ends when it is told to.
    @Suite struct LogTests {
        /// Far more lines of a thousand bytes than the writer's queue and any pipe hold.
        private static let flood = "log 20000"

        private static func ended(_ node: RunningNode) async throws {
            let deadline = ContinuousClock.now + .seconds(60)
            while node.isRunning, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(2)) }
            #expect(!node.isRunning, "a signal does not end the node")
        }

        @Test func `a reader of standard output that is stuck stops neither clients nor the end`() async throws {
            let gate = try await RunningNode.running("chatter")
            let client = try gate.client()
            gate.node.isUnread = true
            for _ in 0..<3 { #expect(try client.ask(Self.flood) == Self.flood) }
            #expect(try client.ask("still here") == "still here")
            gate.node.send(SIGTERM)
            try await Self.ended(gate.node)
            gate.node.isUnread = false
            #expect(try await gate.node.exitStatus() == 0)
        }

        @Test func `a reader that comes back is told how much it has missed`() async throws {
            let gate = try await RunningNode.running("chatter")
            let client = try gate.client()
            gate.node.isUnread = true
            #expect(try client.ask(Self.flood) == Self.flood)
            #expect(try client.ask("still here") == "still here")
            gate.node.isUnread = false
            let notice = try await gate.node.line(containing: "dropped here")
            #expect(notice.hasPrefix("[:00000000] swiftgate: "), "\(notice)")
            gate.node.send(SIGTERM)
            #expect(try await gate.node.exitStatus() == 0)
            let lines = gate.node.lines
            let missed = lines.filter { $0.contains("dropped here") }.map { Int($0.split(separator: " ")[2]) ?? 0 }
            #expect(lines.count { $0.hasSuffix("xxx") } + missed.reduce(0, +) == 20000)
            #expect(lines.contains { $0.hasSuffix("swiftgate stops: SIGTERM") })
        }

        @Test func `a log file that is a FIFO without a reader stops nothing either`() async throws {
            let path = FileManager.default.temporaryDirectory.appending(path: "swiftgate-\(UUID().uuidString)").path()
            mkfifo(path, 0o600)
            defer { unlink(path) }
            let gate = try await RunningNode.running("chatter", settings: "logger = '\(path)'")
            let client = try gate.client()
            #expect(try client.ask(Self.flood) == Self.flood)
            #expect(try client.ask("still here") == "still here")
            gate.node.send(SIGTERM)
            #expect(try await gate.node.exitStatus() == 0)
            #expect(gate.node.lines.contains { $0.contains("lines could not be written to the log file \(path)") })
        }

        @Test func `a full disk stops nothing, and is told at standard error`() async throws {
            let gate = try await RunningNode.running("chatter", settings: "logger = '/dev/full'")
            let client = try gate.client()
            #expect(try client.ask(Self.flood) == Self.flood)
            #expect(try client.ask("still here") == "still here")
            gate.node.send(SIGTERM)
            #expect(try await gate.node.exitStatus() == 0)
            let told = gate.node.lines.filter { $0.contains("/dev/full") }
            #expect(told.first == "swiftgate: cannot write the log file /dev/full: No space left on device")
            #expect(told.count == 2 && told[1].contains(" lines could not be written to "), "\(told)")
        }

        @Test func `the log begins with what runs and ends with why it ended`() async throws {
            let gate = try await RunningNode.running("chatter")
            gate.node.send(SIGINT)
            #expect(try await gate.node.exitStatus() == 0)
            // What a script prints goes past the log.
            let first = try #require(gate.node.lines.first { $0.hasPrefix("[:") })
            #expect(first.hasPrefix("[:00000000] swiftgate "))
            #expect(first.contains(" starts: pid \(gate.node.identifier), configuration /"))
            #expect(first.hasSuffix("/config, 2 threads"))
            #expect(gate.node.lines.contains("[:00000000] swiftgate stops: SIGINT"))
        }

        @Test func `abort is told as the reason, with who asked for it`() async throws {
            let gate = try await RunningNode.running("chatter")
            #expect(try gate.client().ask("abort 0") == "abort 0")
            #expect(try await gate.node.exitStatus() == 0)
            let last = try #require(gate.node.lines.last { $0.contains("swiftgate stops") })
            #expect(last.hasPrefix("[:00000000] swiftgate stops: skynet.abort() by :0000000"), "\(last)")
        }

        @Test func `a doubtful key is told at the start, with its place`() async throws {
            let gate = try await RunningNode.running("chatter", settings: "logpaht = '.'")
            let line = try await gate.node.line(containing: "logpaht")
            #expect(line.hasPrefix("[:00000000] swiftgate: "))
            #expect(line.hasSuffix("config:5: logpaht: swiftgate does not read this key; did you mean logpath?"))
        }
    }
}
