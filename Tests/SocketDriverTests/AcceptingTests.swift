// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import SocketDriver
import Testing

extension SocketTests {
    @Suite struct Accepting {
        @Test func everyConnection_isAcceptedOnceOnTheListenersLoop() async throws {
            try await Rig.run(loops: 2) { rig in
                let (listener, port) = try await rig.listener(owner: 4)
                let peers = try (0..<20).map { _ in try Peer(port: port) }
                for peer in peers { _ = try await rig.accepted(on: listener, from: peer) }
                let accepts = rig.sink.records.filter { if case .accepted = $0.what { true } else { false } }
                #expect(accepts.count == 20)
                #expect(Set(accepts.map(\.loop)).count == 1)
                #expect(accepts.allSatisfy { $0.owner == 4 })
                let row = try #require(rig.driver.information().first)
                #expect(row.kind == .listen && row.accepted == 20 && row.address == "127.0.0.1:\(port)")
            }
        }

        @Test func listeners_areSpreadOverTheLoops() async throws {
            try await Rig.run(loops: 2) { rig in
                _ = try await rig.listener()
                _ = try await rig.listener()
                #expect(Set(rig.sink.records.map(\.loop)) == [0, 1])
            }
        }

        @Test func ipv6Peer_isWrittenWithoutBrackets() async throws {
            try await Rig.run { rig in
                let listener = try rig.driver.listen(Endpoint(host: "::1", port: 0), backlog: 8, owner: 1)
                let port = try await rig.sink.first("listening") { happening -> Int32? in
                    if case .connected(listener, "::1", let port) = happening { port } else { nil }
                }
                rig.driver.start(listener, owner: 1)
                let client = try rig.driver.connect(Endpoint(host: "::1", port: Int(port)), owner: 1)
                try await rig.sink.wait(for: .connected(client, "::1", 0))
                let address = try await rig.sink.first("accepting") { happening -> String? in
                    if case .accepted(_, _, let address) = happening { address } else { nil }
                }
                #expect(address.hasPrefix("::1:"))
            }
        }

        @Test func send_toAListener_isDroppedAndLogged() async throws {
            try await Rig.run { rig in
                let (listener, _) = try await rig.listener()
                #expect(rig.send(listener, "x"))
                #expect(rig.log.all == ["socket-server error: write to listen fd \(listener)."])
            }
        }

        @Test func outOfDescriptors_isToldOnceEndsWithTheTimerAndItsEndIsLoggedOnce() async throws {
            await #expect(processExitsWith: .success) {
                var configuration = SocketDriver.Configuration()
                configuration.acceptPause = 10_000_000
                configuration.shortageEnds = 100_000_000
                try await Rig.run(configuration: configuration) { rig in
                    let (listener, port) = try await rig.listener(started: false)
                    let peers = (0..<3).map { _ in Peer() }
                    for peer in peers { try peer.connect(port: port) }
                    try await Accepting.withDescriptorsExhausted {
                        rig.driver.start(listener, owner: 1)
                        try await rig.sink.wait(for: .failed(listener, "Too many open files"))
                        #expect(rig.log.all == [])
                    }
                    for peer in peers { _ = try await rig.accepted(on: listener, from: peer) }
                    while rig.log.all.isEmpty { await Task.yield() }
                    #expect(
                        rig.log.all
                            == ["socket-server: accept on listen fd \(listener) goes on after: Too many open files"]
                    )
                }
            }
        }

        @Test func outOfDescriptors_endsWithTheNextCloseOfOurs() async throws {
            await #expect(processExitsWith: .success) {
                var configuration = SocketDriver.Configuration()
                configuration.acceptPause = 3_600_000_000_000
                try await Rig.run(configuration: configuration) { rig in
                    let (_, victim) = try await rig.pair()
                    let (listener, port) = try await rig.listener(started: false)
                    let peer = Peer()
                    try peer.connect(port: port)
                    try await Accepting.withDescriptorsExhausted {
                        rig.driver.start(listener, owner: 1)
                        try await rig.sink.wait(for: .failed(listener, "Too many open files"))
                        rig.driver.shutdown(victim)
                        _ = try await rig.accepted(on: listener, from: peer)
                    }
                }
            }
        }

        /// Runs `body` while no descriptor can be had, except those that are closed meanwhile.
        ///
        /// Descriptors belong to the whole process, so whoever calls this is in a process of its own; the tests beside
        /// it would find none either.
        fileprivate static func withDescriptorsExhausted(_ body: () async throws -> Void) async throws {
            var usual = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual)
            // Fill the holes below the highest descriptor, then forbid anything above it.
            var fillers: [Int32] = []
            let highest = fcntl(0, F_DUPFD, 512)
            Glibc.close(highest)
            while let filler = Optional(dup(0)), filler >= 0, filler < highest { fillers.append(filler) }
            var lowered = rlimit(rlim_cur: rlim_t(highest), rlim_max: usual.rlim_max)
            if let last = fillers.last, last < highest {
                lowered.rlim_cur = rlim_t(last + 1)
            }
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &lowered)
            defer {
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &usual)
                for filler in fillers { Glibc.close(filler) }
            }
            try await body()
        }
    }
}
