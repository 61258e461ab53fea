// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import SocketDriver
import Testing

extension SocketTests {
    @Suite struct Connecting {
        @Test func connect_announcesTheRemoteAddressAndSendsWhatWasQueued() async throws {
            try await Rig.run { rig in
                let listener = PeerListener()
                let id = try rig.driver.connect(Endpoint(host: "127.0.0.1", port: listener.port), owner: 3)
                #expect(rig.send(id, "queued "))
                #expect(rig.send(id, "early"))
                let peer = try listener.accept()
                #expect(try peer.receive(12) == Array("queued early".utf8))
                try await rig.sink.wait(for: .connected(id, "127.0.0.1", 0))
                try peer.send([9])
                try await rig.sink.wait(for: .data(id, [9]))
                #expect(rig.sink.records.allSatisfy { $0.owner == 3 })
                #expect(rig.driver.information().first?.address == "127.0.0.1:\(listener.port)")
            }
        }

        @Test func connect_sendsAllThatWasQueued_howeverMuch() async throws {
            try await Rig.run { rig in
                let listener = PeerListener()
                try await rig.onLoop {
                    guard let id = try? rig.driver.connect(Endpoint(host: "127.0.0.1", port: listener.port), owner: 3)
                    else { return }
                    for _ in 0..<16 { rig.send(id, [UInt8](repeating: 7, count: 128 << 10)) }
                }
                #expect(try listener.accept().receive(2 << 20).count == 2 << 20)
            }
        }

        @Test func connect_byName_isResolvedOffTheLoops() async throws {
            try await Rig.run { rig in
                let listener = PeerListener()
                let id = try rig.driver.connect(Endpoint(host: "localhost", port: listener.port), owner: 1)
                try await rig.sink.wait(for: .connected(id, "127.0.0.1", 0))
            }
        }

        @Test func nodelay_rightAfterConnect_breaksNothing() async throws {
            try await Rig.run { rig in
                let listener = PeerListener()
                let id = try rig.driver.connect(Endpoint(host: "localhost", port: listener.port), owner: 1)
                rig.driver.nodelay(id)
                try await rig.sink.wait(for: .connected(id, "127.0.0.1", 0))
                rig.driver.nodelay(id)
                #expect(rig.send(id, "x"))
                #expect(try listener.accept().receive(1) == Array("x".utf8))
            }
        }

        @Test func connect_refused_failsAndFreesTheNumber() async throws {
            try await Rig.run { rig in
                let port = PeerListener().port
                let id = try rig.driver.connect(Endpoint(host: "127.0.0.1", port: port), owner: 1)
                try await rig.sink.wait(for: .failed(id, "Connection refused"))
                #expect(!rig.send(id, "x"))
                #expect(rig.sink.happenings == [.failed(id, "Connection refused")])
            }
        }

        @Test func connect_toAnUnknownName_failsWithTheResolversWords() async throws {
            try await Rig.run { rig in
                let id = try rig.driver.connect(Endpoint(host: "no such host", port: 1), owner: 1)
                let reason = try await rig.sink.first("failing") { happening -> String? in
                    if case .failed(id, let reason) = happening { reason } else { nil }
                }
                #expect(!reason.isEmpty)
            }
        }

        @Test func connect_withAnEndlessHost_answersMinusOneAndLogs() async throws {
            try await Rig.run { rig in
                let host = String(repeating: "a", count: 232)
                let id = try rig.driver.connect(Endpoint(host: host, port: 1), owner: 1)
                #expect(id == -1)
                #expect(rig.log.all == ["socket-server error: Invalid addr \(host)."])
            }
        }

        @Test func close_whileConnecting_deliversQueuedOutput() async throws {
            try await Rig.run { rig in
                let listener = PeerListener()
                let id = try rig.driver.connect(Endpoint(host: "127.0.0.1", port: listener.port), owner: 1)
                rig.send(id, "all of it")
                rig.driver.close(id)
                let peer = try listener.accept()
                #expect(try peer.receive(100) == Array("all of it".utf8))
                try await rig.sink.wait(for: .closed(id))
            }
        }

        @Test func close_whileConnecting_withNothingQueued_isClosed() async throws {
            try await Rig.run { rig in
                let listener = PeerListener()
                let id = try rig.driver.connect(Endpoint(host: "127.0.0.1", port: listener.port), owner: 1)
                rig.driver.close(id)
                try await rig.sink.wait(for: .closed(id))
                try await rig.settle()
                #expect(rig.sink.happenings.filter { $0 == .closed(id) }.count == 1)
                #expect(!rig.send(id, "x"))
            }
        }

        @Test func numbers_countUpFromOneAndAreNeverDescriptors() async throws {
            try await Rig.run { rig in
                let listener = PeerListener()
                let ids = try (0..<3).map { _ in
                    try rig.driver.connect(Endpoint(host: "127.0.0.1", port: listener.port), owner: 1)
                }
                #expect(ids == [1, 2, 3])
            }
        }
    }
}
