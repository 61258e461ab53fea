// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

extension NodeTests {
    /// How often the whole node asks the allocator for memory per echoed packet: the budget of the packet path.
    ///
    /// Tests/Benchmarks/README.md says what each call is for. Who adds one has to raise a number here, and say why.
    @Suite struct AllocationTests {
        /// What the agent answers: see Tests/Scripts/gateway/counting/agent.lua.
        struct Figures {
            let calls: Int
            let luaBytes: Int
        }

        /// Packets between two counts.
        static let packets = 20_000

        /// Calls per packet: what they are, and a quarter or an eighth for timers and what else a node does meanwhile.
        /// Unoptimised code also asks for memory in loops over arrays and for closures, some twenty-two times for every read.
        #if DEBUG
        static let budgets: [(batch: Int, budget: Double)] = [
            (batch: 1, budget: 2 + 22 + 0.5), (batch: 16, budget: 2 + (1 + 22) / 16 + 0.125),
        ]
        #else
        static let budgets: [(batch: Int, budget: Double)] = [
            (batch: 1, budget: 2 + 0.25), (batch: 16, budget: 2 + 1 / 16 + 0.125),
        ]
        #endif

        @Test(arguments: budgets)
        func `a packet costs no more calls of the allocator than its budget`(
            batch: Int,
            budget: Double
        ) async throws {
            let counter = try AllocationCounter()
            let client = try await Self.open(counter).client()
            try Self.echo(2_000, inBatchesOf: batch, through: client)

            // The best of three: what a node does for threads that a busy machine holds up is no packet's.
            var (calls, bytes) = (Double.infinity, Double.infinity)
            for _ in 1...3 where calls >= budget || bytes >= 1 {
                let before = try Self.figures(client)
                try Self.echo(Self.packets, inBatchesOf: batch, through: client)
                let after = try Self.figures(client)
                calls = min(calls, Double(after.calls - before.calls) / Double(Self.packets))
                bytes = min(bytes, Double(after.luaBytes - before.luaBytes) / Double(Self.packets))
            }
            #expect(calls < budget, "calls of the allocator per packet, \(batch) in flight")
            #expect(bytes < 1, "bytes of the agent's garbage per packet, \(batch) in flight")
        }

        private static func open(_ counter: AllocationCounter) async throws -> OpenGate {
            let settings = """
                luaservice = "./Tests/Scripts/gateway/counting/?.lua;./examples/?.lua"
                \(counter.setting)
                """
            return try await RunningNode.running("counting", settings: settings, environment: counter.environment)
        }

        private static func echo(_ count: Int, inBatchesOf batch: Int, through client: GateClient) throws {
            let packets = (0..<batch).flatMap { GateClient.packet([UInt8](repeating: UInt8($0), count: 64)) }
            for _ in 0..<count / batch {
                try client.write(packets)
                let echo = try client.read(packets.count)
                try #require(echo == packets)
            }
        }

        private static func figures(_ client: GateClient) throws -> Figures {
            let answer = try client.ask("?").split(separator: " ").compactMap { Int($0) }
            try #require(answer.count == 2)
            return Figures(calls: answer[0], luaBytes: answer[1])
        }
    }
}
