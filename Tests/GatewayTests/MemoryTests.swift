// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// What clients can make a node keep, and whether it gives it back.
    @Suite struct MemoryTests {
        /// In MiB; what the system counts as the process's own.
        private static func resident(_ node: RunningNode) throws -> Int {
            let pages = try String(contentsOfFile: "/proc/\(node.identifier)/statm", encoding: .ascii).split(
                separator: " "
            )
            return (Int(pages[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) / (1 << 20)
        }

        private static func wait(
            _ node: RunningNode,
            seconds: Double = 60,
            until condition: (Int) -> Bool
        ) async throws {
            let deadline = ContinuousClock.now + .seconds(seconds)
            while case let mebibytes = try resident(node), !condition(mebibytes) {
                if ContinuousClock.now > deadline {
                    throw GateClient.Failure(description: "\(mebibytes) MiB after \(seconds) s")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        @Test func `what was kept for clients that never read is given back when they have gone`() async throws {
            let gate = try await RunningNode.running("filling")
            let before = try Self.resident(gate.node)
            var clients = try (0..<20).map { _ in try gate.client() }
            for client in clients { try client.send("fill") }
            try await Self.wait(gate.node) { $0 > before + 100 }
            clients = []
            try await Self.wait(gate.node) { $0 < before + 70 }
        }

        @Test func `a client that floods with empty packets has to wait for its agent, and others are served`()
            async throws
        {
            let gate = try await RunningNode.example("echo")
            let flooder = try gate.client()
            let polite = try gate.client()
            #expect(try polite.ask("hello") == "hello")
            let before = try Self.resident(gate.node)
            let descriptor = flooder.descriptor
            // Both end with the connection.
            Thread {
                let zeros = [UInt8](repeating: 0, count: 1 << 20)
                while send(descriptor, zeros, zeros.count, Int32(MSG_NOSIGNAL)) > 0 {}
            }.start()
            Thread {
                var echoes = [UInt8](repeating: 0, count: 1 << 20)
                while recv(descriptor, &echoes, echoes.count, 0) > 0 {}
            }.start()
            var worst = Duration.zero
            for number in 0..<20 {
                let began = ContinuousClock.now
                #expect(try polite.ask("\(number)") == "\(number)")
                worst = max(worst, .now - began)
            }
            shutdown(descriptor, Int32(SHUT_RDWR))
            #expect(try Self.resident(gate.node) < before + 200)
            print("worst wait beside a flood of empty packets: \(worst)")
        }
    }
}
