// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import SocketDriver
import Testing

extension SocketTests {
    @Suite struct Streams {
        @Test(arguments: ConnectionKind.allCases)
        func acceptedSocket_afterStart_echoes(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair()
                try peer.send(Array("hello".utf8))
                try await rig.sink.wait(for: .data(id, Array("hello".utf8)))
                #expect(rig.send(id, "world"))
                #expect(try peer.receive(5) == Array("world".utf8))
            }
        }

        @Test func listen_announcesRealPortAndLocalAddress() async throws {
            try await Rig.run { rig in
                let (id, port) = try await rig.listener(owner: 7, started: false)
                #expect(port > 0)
                #expect(rig.sink.records.first == Record(owner: 7, what: .connected(id, "127.0.0.1", port), loop: 0))
            }
        }

        @Test func listen_onABusyPort_throwsTheSystemsWords() async throws {
            try await Rig.run { rig in
                let (_, port) = try await rig.listener()
                #expect(throws: SocketError.self) {
                    try rig.driver.listen(Endpoint(host: "127.0.0.1", port: Int(port)), backlog: 1, owner: 1)
                }
            }
        }

        @Test func listen_withEmptyHost_isEveryIPv4Address() async throws {
            try await Rig.run { rig in
                let id = try rig.driver.listen(Endpoint(host: "", port: 0), backlog: 1, owner: 1)
                try await rig.sink.wait("listening") { $0.contains { $0.what.id == id } }
                guard case .connected(_, "0.0.0.0", _) = rig.sink.happenings[0] else {
                    Issue.record("\(rig.sink.happenings)")
                    return
                }
            }
        }

        @Test func listener_beforeStart_acceptsNothing() async throws {
            try await Rig.run { rig in
                let (listener, port) = try await rig.listener(started: false)
                let peer = try Peer(port: port)
                try await rig.settle()
                #expect(rig.sink.happenings.count == 1)
                rig.driver.start(listener, owner: 1)
                _ = try await rig.accepted(on: listener, from: peer)
            }
        }

        @Test func start_onAnAcceptingListener_answersNothingAndKeepsTheOwner() async throws {
            try await Rig.run { rig in
                let (listener, port) = try await rig.listener(owner: 1)
                let before = rig.sink.happenings.count
                rig.driver.start(listener, owner: 2)
                let peer = try Peer(port: port)
                _ = try await rig.accepted(on: listener, from: peer)
                #expect(rig.sink.happenings.count == before + 1)
                #expect(rig.sink.records.last?.owner == 1)
            }
        }

        @Test func pause_onAListener_stopsAcceptingUntilStart() async throws {
            try await Rig.run { rig in
                let (listener, port) = try await rig.listener()
                rig.driver.pause(listener)
                try await rig.settle()
                let peer = try Peer(port: port)
                try await rig.settle()
                #expect(!rig.sink.happenings.contains { if case .accepted = $0 { true } else { false } })
                rig.driver.start(listener, owner: 1)
                _ = try await rig.accepted(on: listener, from: peer)
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func acceptedSocket_beforeStart_isNotReadAndDropsWrites(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(started: false)
                try peer.send(Array("early".utf8))
                #expect(rig.send(id, "lost"))
                try await rig.settle()
                #expect(rig.sink.bytes(of: id).isEmpty)
                rig.driver.start(id, owner: 9)
                #expect(rig.send(id, "kept"))
                try await rig.sink.wait(for: .data(id, Array("early".utf8)))
                #expect(try peer.receive(4) == Array("kept".utf8))
                #expect(rig.sink.records.filter { $0.what.id == id }.allSatisfy { $0.owner == 9 })
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func start_onAConnectedSocket_transfersIt(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(owner: 1)
                rig.driver.start(id, owner: 2)
                try await rig.sink.wait(for: .connected(id, "transfer", 0))
                try peer.send([1])
                try await rig.sink.wait(for: .data(id, [1]))
                #expect(rig.sink.records.suffix(2).map(\.owner) == [2, 2])
            }
        }

        @Test func start_onAnUnknownSocket_tellsTheCaller() async throws {
            try await Rig.run { rig in
                rig.driver.start(4711, owner: 5)
                #expect(rig.sink.records == [Record(owner: 5, what: .failed(4711, "invalid socket"), loop: 0)])
            }
        }

        @Test func unknownSocket_isIgnoredByEverythingElse() async throws {
            try await Rig.run { rig in
                rig.driver.pause(4711)
                rig.driver.close(4711)
                rig.driver.shutdown(4711)
                rig.driver.nodelay(4711)
                #expect(!rig.send(4711, "x"))
                #expect(!rig.send(4711, "x", .low))
                try await rig.settle()
                #expect(rig.sink.records.isEmpty)
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func peerHalfClose_isOneClosedAndWritingWorks(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair()
                try peer.send(Array("last words".utf8))
                peer.finishSending()
                try await rig.sink.wait(for: .closed(id))
                #expect(rig.sink.bytes(of: id) == Array("last words".utf8))
                #expect(rig.send(id, "answer"))
                #expect(try peer.receive(6) == Array("answer".utf8))
                rig.driver.start(id, owner: 3)
                try await rig.sink.wait(for: .failed(id, "socket closed"))
                #expect(rig.sink.records.last?.owner == 3)
                #expect(rig.driver.information().first { $0.id == id }?.kind == .closing)
                rig.driver.close(id)
                #expect(try peer.sawEnd())
                #expect(!rig.send(id, "more"))
                #expect(rig.sink.happenings(of: id).filter { $0 == .closed(id) }.count == 1)
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func cleanDisconnectBeforeStart_showsAfterStart(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(started: false)
                try peer.send([1, 2, 3])
                peer.finishSending()
                try await rig.settle()
                #expect(rig.sink.happenings(of: id).isEmpty)
                rig.driver.start(id, owner: 1)
                try await rig.sink.wait(for: .closed(id))
                #expect(
                    rig.sink.happenings(of: id) == [.connected(id, "start", 0), .data(id, [1, 2, 3]), .closed(id)]
                )
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func cleanDisconnectWhilePaused_showsAfterStart(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair()
                rig.driver.pause(id)
                try await rig.settle()
                try peer.send([7])
                peer.finishSending()
                try await rig.settle()
                #expect(rig.sink.happenings(of: id) == [.connected(id, "start", 0)])
                rig.driver.start(id, owner: 1)
                try await rig.sink.wait(for: .closed(id))
                #expect(
                    rig.sink.happenings(of: id).dropFirst() == [
                        .connected(id, "transfer", 0), .data(id, [7]), .closed(id),
                    ]
                )
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func resetByPeer_isFailureThenClosedAndFreesTheNumber(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                var (peer, id): (Peer?, SocketID) = try await rig.pair()
                peer?.resetOnClose()
                peer = nil
                try await rig.sink.wait(for: .closed(id))
                #expect(
                    rig.sink.happenings(of: id).dropFirst() == [.failed(id, "Connection reset by peer"), .closed(id)]
                )
                #expect(!rig.send(id, "x"))
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func resetBeforeStart_isToldAtOnce(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                var (peer, id): (Peer?, SocketID) = try await rig.pair(started: false)
                peer?.resetOnClose()
                peer = nil
                try await rig.sink.wait(for: .closed(id))
                #expect(rig.sink.happenings(of: id) == [.failed(id, "Connection reset by peer"), .closed(id)])
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func writingToAVanishedPeer_isBrokenPipeAndThenUnknown(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                var (peer, id): (Peer?, SocketID) = try await rig.pair()
                peer = nil
                _ = peer
                try await rig.sink.wait(for: .closed(id))
                #expect(rig.send(id, "first"))
                try await rig.sink.wait(for: .failed(id, "Broken pipe"))
                try await rig.settle()
                #expect(!rig.send(id, "second"))
                #expect(rig.sink.happenings(of: id).filter { $0 == .closed(id) }.count == 1)
            }
        }
    }
}
