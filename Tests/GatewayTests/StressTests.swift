// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Synchronization
import Testing

extension NodeTests {
    /// Everything at once, at random: services that block, clients that connect and reset, timers, calls between services.
    /// Every echo comes back, in order, and nothing is lost or done twice.
    @Suite(.timeLimit(.minutes(30))) struct StressTests {
        /// How long it lasts: `make soak` says 600.
        private static let seconds = Double(ProcessInfo.processInfo.environment["SOAK_SECONDS"] ?? "") ?? 8

        @Test(arguments: [1, 2, 8])
        func `nothing is lost and nothing is done twice, whatever blocks`(threads: Int) async throws {
            let gate = try await RunningNode.running("blocking", settings: "thread = \(threads)\nshutdown_grace = 3")
            let first = try gate.client()
            for name in StressClient.names { #expect(try first.ask("start \(name)") == "started \(name)") }
            let watch = EchoWatch(gate, lasting: 5)
            let deadline = ContinuousClock.now + .seconds(Self.seconds / 3)
            let ended = Mutex<[String?]>([])
            for number in 1...6 {
                Thread {
                    let failure = StressClient.run(number, on: gate, until: deadline)
                    ended.withLock { $0.append(failure) }
                }.start()
            }
            while ended.withLock({ $0.count < 6 }) { try await Task.sleep(for: .milliseconds(10)) }
            try await watch.stop()
            let waits = watch.look()
            print("thread = \(threads), \(Self.seconds / 3) s: \(waits)")
            #expect(ended.withLock { $0.compactMap(\.self) }.isEmpty)
            #expect(waits.failures.isEmpty)
            #expect(try first.ask("well") == "well")
            gate.node.send(SIGTERM)
            #expect(try await gate.node.exitStatus() == 0)
            #expect(!gate.node.lines.contains { $0.contains("stack traceback") })
        }
    }
}

/// One client that does one thing after the other, and knows what must come back.
private final class StressClient {
    static let names = (1...6).map { "b\($0)" }
    private static let ways = ["execute", "popen", "sort", "hook", "gc", "close", "xpcall", "load", "nothing"]

    private let number: Int
    private let gate: OpenGate
    private let client: GateClient
    private var count = 0

    private init(_ number: Int, _ gate: OpenGate) throws {
        self.number = number
        self.gate = gate
        client = try gate.client(seconds: 60)
    }

    /// What went wrong, or nil.
    static func run(_ number: Int, on gate: OpenGate, until deadline: ContinuousClock.Instant) -> String? {
        do {
            let client = try StressClient(number, gate)
            let steps = [
                client.echo, client.block, client.ask, client.relay, client.time, client.disconnect,
                client.startAndKill,
            ]
            while ContinuousClock.now < deadline { try steps.randomElement()?() }
            return nil
        } catch {
            return "client \(number): \(error)"
        }
    }

    private var name: String { Self.names.randomElement() ?? "" }

    private func texts(_ count: Int) -> [String] {
        (0..<count).map { _ in
            self.count += 1
            return "\(number).\(self.count)"
        }
    }

    private func expect(_ texts: [String]) throws {
        for text in texts {
            let received = try client.receiveText()
            if received != text { throw GateClient.Failure(description: "\(received) came instead of \(text)") }
        }
    }

    private func echo() throws {
        let texts = texts(Int.random(in: 1...50))
        try client.write(texts.flatMap { GateClient.packet(Array($0.utf8)) })
        try expect(texts)
    }

    private func block() throws {
        let (name, way, texts) = (name, Self.ways.randomElement() ?? "", texts(5))
        try client.send("run \(name) \(way) \(Int.random(in: 0...8))")
        for text in texts { try client.send("ask \(name) \(text)") }
        try expect(["before \(way)", "after \(way)"] + texts)
    }

    private func ask() throws {
        let (name, texts) = (name, texts(Int.random(in: 1...100)))
        for text in texts { try client.send("ask \(name) \(text)") }
        try expect(texts)
    }

    private func relay() throws {
        let shuffled = Self.names.shuffled()
        let texts = texts(1)
        try client.send("relay \(shuffled[0]) \(shuffled[1]) \(texts[0])")
        try expect(texts)
    }

    private func time() throws {
        try client.send("timers \(name) 300")
        try expect(["timers 300"])
    }

    private func disconnect() throws {
        let other = try gate.client()
        try other.send("run \(name) execute 1")
        for text in texts(10) { try other.send("ask \(name) \(text)") }
        other.reset()
    }

    private func startAndKill() throws {
        let own = "own\(number)"
        try client.send("start \(own)")
        try expect(["started \(own)"])
        try client.send("run \(own) retire 2")
        try expect(["before retire", "after retire"])
        try client.send("kill \(own)")
        try expect(["killed \(own)"])
    }
}
