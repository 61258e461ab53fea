// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

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

            // Those that were let in go, and the others are let in: nobody was sent away.
            for client in clients[..<40] { client.hangUp() }
            for (number, client) in clients[40...].enumerated() {
                #expect(try client.ask("\(number)") == "start \(number)")
            }
            clients.removeAll()
            #expect(try gate.client().ask("well") == "start well")
        }
    }
}
