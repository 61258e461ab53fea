// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// Many clients.
    @Suite struct ManyClientsTests {
        @Test(.timeLimit(.minutes(10))) func `2,000 clients at once each get their own packets back`() async throws {
            let gate = try await RunningNode.running("example_gate", settings: "maxclient = 4096")
            allowDescriptors(4096)
            let clients = try (0..<2000).map { _ in try gate.client(seconds: 100) }
            for round in 0..<2 {
                for (number, client) in clients.enumerated() { try client.send("\(round) of \(number)") }
                for (number, client) in clients.enumerated() {
                    #expect(try client.receiveText() == "\(round) of \(number)")
                }
            }
            for client in clients { client.hangUp() }
            try await gate.node.lines(containing: "Client closed : ", atLeast: 2000, seconds: 60)
            #expect(try gate.client().ask("well") == "well")
        }

        @Test func `a flood of connects that come to nothing harms nobody`() async throws {
            let gate = try await RunningNode.running("handler")
            let other = try gate.client()
            for number in 0..<500 {
                let client = try gate.client()
                switch number % 3 {
                case 0: client.reset()
                case 1: client.hangUp()
                default: client.finishSending()
                }
            }
            try await gate.node.lines(containing: "disconnected ", atLeast: 500)
            #expect(try other.ask("well") == "start well")
        }

        private func allowDescriptors(_ count: rlim_t) {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = min(max(limit.rlim_cur, count), limit.rlim_max)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
    }
}
