// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// Services that block the thread that runs them, in every way that nothing can suspend.
    @Suite struct BlockedThreadTests {
        private static let ways = [
            "execute", "popen", "find", "load", "rep", "xpcall", "hook", "gc", "close", "sort", "listen",
        ]
        /// Other clients wait 25 ms at most on a machine that has nothing else to do; this one may.
        private static let allowed = Duration.seconds(1)

        /// The waits of others while `body` runs: again when they were long, since a machine that has much else to do
        /// is slow once, and a node that lets its clients wait always.
        private static func waits(_ watch: EchoWatch, during body: () throws -> Void) throws -> EchoWatch.Waits {
            var waits = EchoWatch.Waits()
            for _ in 1...3 {
                _ = watch.look()
                try body()
                waits = watch.look()
                if waits.longest <= allowed { break }
                print("once more after \(waits)")
            }
            return waits
        }

        @Test(arguments: [1, 2])
        func `whatever way a service blocks, other clients are served`(threads: Int) async throws {
            let gate = try await RunningNode.running("blocking", settings: "thread = \(threads)")
            let watch = EchoWatch(gate)
            let client = try gate.client()
            for way in Self.ways {
                let waits = try Self.waits(watch) { () throws in
                    try client.send("block \(way)")
                    for word in ["before", "after", "reply"] { #expect(try client.receiveText() == "\(word) \(way)") }
                }
                print("thread = \(threads), \(way): \(waits)")
                #expect(waits.longest <= Self.allowed, "\(way): \(waits)")
                #expect(waits.failures.isEmpty)
            }
            try await watch.stop()
        }

        @Test func `three services that block at once hold up nobody`() async throws {
            let gate = try await RunningNode.running("blocking")
            let watch = EchoWatch(gate)
            let clients = try (0..<3).map { _ in try gate.client() }
            let ways = zip(clients, ["execute", "sort", "find"])
            let waits = try Self.waits(watch) { () throws in
                for (client, way) in ways { try client.send("block \(way)") }
                for (client, way) in ways {
                    for word in ["before", "after", "reply"] { #expect(try client.receiveText() == "\(word) \(way)") }
                }
            }
            print("3 at once: \(waits)")
            #expect(waits.longest <= Self.allowed, "\(waits)")
            try await watch.stop()
        }

        @Test func `what a service sent before it blocked arrives at once, and the rest in order`() async throws {
            let gate = try await RunningNode.running("blocking")
            let client = try gate.client()
            #expect(try client.ask("start one") == "started one")
            for _ in 0..<2 {
                try client.send("run one execute 200")
                for number in 1...20 { try client.send("ask one \(number)") }
                #expect(try client.receiveText() == "before execute")
                let arrived = ContinuousClock.now
                #expect(try client.receiveText() == "after execute")
                // Two seconds less what a busy machine takes to pass on the first; held back, both would come together.
                #expect(ContinuousClock.now - arrived >= .milliseconds(500))
                for number in 1...20 { #expect(try client.receiveText() == "\(number)") }
            }
        }

        @Test func `a service that blocks again and again costs other clients nothing`() async throws {
            let gate = try await RunningNode.running("blocking", settings: "thread = 1")
            let watch = EchoWatch(gate)
            let client = try gate.client()
            #expect(try client.ask("start one") == "started one")
            try client.send("run one execute 3")
            for word in ["before", "after"] { #expect(try client.receiveText() == "\(word) execute") }
            let waits = try Self.waits(watch) { () throws in
                for _ in 0..<20 { try client.send("run one execute 3") }
                for _ in 0..<20 {
                    for word in ["before", "after"] { #expect(try client.receiveText() == "\(word) execute") }
                }
            }
            print("again and again: \(waits)")
            #expect(waits.longest <= Self.allowed, "\(waits)")
            try await watch.stop()
        }

        @Test(arguments: [1, 2])
        func `more blocked services than threads hold up no others`(threads: Int) async throws {
            let gate = try await RunningNode.running("blocking", settings: "thread = \(threads)\nblocked_threads = 3")
            let watch = EchoWatch(gate)
            let client = try gate.client()
            let names = (1...10).map { "b\($0)" }
            for name in names { #expect(try client.ask("start \(name)") == "started \(name)") }
            // Those that have not blocked before block loops, which go on; from then on they wait in line.
            var longest: [Duration] = []
            for round in 1...3 {
                _ = watch.look()
                for name in names { try client.send("run \(name) execute 120") }
                for name in names { try client.send("ask \(name) \(name)") }
                var texts: [String] = []
                for _ in 0..<30 { texts.append(try client.receiveText()) }
                #expect(texts.count { $0 == "before execute" } == 10 && texts.count { $0 == "after execute" } == 10)
                #expect(Set(texts).isSuperset(of: names))
                let waits = watch.look()
                print("thread = \(threads), 10 blocked of 3, round \(round): \(waits)")
                longest.append(waits.longest)
            }
            // A machine that has much else to do may take the gate for a service that blocks, once.
            #expect(longest.sorted()[1] <= Self.allowed, "\(longest)")
            try await watch.stop()
            let told = gate.node.lines.filter { $0.contains("threads are blocked by the services :0000") }
            #expect((1...3).contains(told.count), "\(told)")
            #expect(told.allSatisfy { $0.contains("(blocked_threads = 3)") })
        }

        @Test func `releases that block hold up nobody`() async throws {
            let gate = try await RunningNode.running("blocking")
            let watch = EchoWatch(gate)
            let client = try gate.client()
            let names = (1...6).map { "b\($0)" }
            for name in names {
                #expect(try client.ask("start \(name)") == "started \(name)")
                #expect(try client.ask("run \(name) retire 50") == "before retire")
                #expect(try client.receiveText() == "after retire")
            }
            _ = watch.look()
            for name in names { #expect(try client.ask("kill \(name)") == "killed \(name)") }
            try await Task.sleep(for: .seconds(1))
            let waits = watch.look()
            print("releases: \(waits)")
            #expect(waits.longest <= Self.allowed, "\(waits)")
            try await watch.stop()
        }

        @Test(arguments: [1, 2])
        func `much work at once is done in slices`(threads: Int) async throws {
            let gate = try await RunningNode.running("blocking", settings: "thread = \(threads)")
            let watch = EchoWatch(gate)
            let client = try gate.client(seconds: 60)
            #expect(try client.ask("start one") == "started one")
            let works = [
                ("timers one 100000", "timers 100000"), ("launch one 1000", "started 1000"),
                ("retire one", "retired 1000"),
            ]
            for (work, answer) in works {
                let waits = try Self.waits(watch) { () throws in #expect(try client.ask(work) == answer) }
                print("thread = \(threads), \(work): \(waits)")
                #expect(waits.longest <= Self.allowed, "\(work): \(waits)")
            }
            try await watch.stop()
        }

        @Test(arguments: [1, 2])
        func `a node ends although services are blocked, and tells which`(threads: Int) async throws {
            let settings = "thread = \(threads)\nshutdown_grace = 1"
            let gate = try await RunningNode.running("blocking", settings: settings)
            let client = try gate.client()
            for (name, way) in [("one", "fifo"), ("two", "endless"), ("three", "sort 6000")] {
                #expect(try client.ask("start \(name)") == "started \(name)")
                try client.send("run \(name) \(way)")
                #expect(try client.receiveText().hasPrefix("before "))
            }
            let began = ContinuousClock.now
            gate.node.send(SIGTERM)
            let status = try await gate.node.exitStatus()
            let log = gate.node.lines
            #expect(status == 0, "\(log.joined(separator: "\n"))")
            #expect(ContinuousClock.now - began < .seconds(20))
            let line = try #require(log.first { $0.contains("ends without waiting for what blocks") }, "\(log)")
            let names = gate.node.lines.filter { $0.contains("LAUNCH snlua blocker") }.compactMap { line in
                line.split(separator: "]").first.map { String($0.dropFirst()) }
            }
            #expect(names.count == 3 && names.allSatisfy { line.contains($0) }, "\(line)")
        }
    }
}
