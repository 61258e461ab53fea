// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import SocketDriver
import Testing

extension SocketTests {
    @Suite struct Closing {
        @Test(arguments: ConnectionKind.allCases)
        func close_withNothingPending_isClosedAtOnce(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(owner: 6)
                rig.driver.close(id)
                #expect(!rig.send(id, "late"))
                try await rig.sink.wait(for: .closed(id))
                #expect(rig.sink.records.last == Record(owner: 6, what: .closed(id), loop: 0))
                #expect(try peer.sawEnd())
                rig.driver.close(id)
                rig.driver.start(id, owner: 6)
                #expect(rig.sink.happenings.last == .failed(id, "invalid socket"))
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func close_withOutputPending_tellsAtOnceAndDeliversEverything(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(receiveBuffer: 4096)
                let piece = [UInt8](repeating: 5, count: 1 << 20)
                for _ in 0..<20 { #expect(rig.send(id, piece)) }
                rig.driver.close(id)
                try await rig.sink.wait(for: .closed(id))
                #expect(!rig.send(id, "high"))
                #expect(rig.send(id, "low", .low))
                rig.driver.start(id, owner: 2)
                try await rig.sink.wait(for: .failed(id, "socket closed"))
                #expect(rig.driver.information().first { $0.id == id }?.kind == .closing)
                #expect(try peer.receive(21 << 20).count == 20 << 20)
                #expect(!rig.send(id, "low", .low))
                #expect(rig.sink.happenings(of: id).filter { $0 == .closed(id) }.count == 1)
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func close_inTheTurnOfASend_deliversTheSend(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair()
                #expect(rig.send(id, "bye"))
                rig.driver.close(id)
                #expect(try peer.receive(10) == Array("bye".utf8))
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func close_withUnreadInput_doesNotEatTheAnswer(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair()
                rig.driver.pause(id)
                try await rig.settle()
                try peer.send([UInt8](repeating: 7, count: 100_000))
                #expect(rig.send(id, "no"))
                rig.driver.close(id)
                try await rig.sink.wait(for: .closed(id))
                #expect(!rig.send(id, "late"))
                // The peer goes on for a while before it listens.
                try peer.send([UInt8](repeating: 7, count: 1 << 20))
                #expect(try peer.receive(2) == Array("no".utf8))
                #expect(try peer.sawEnd())
                #expect(rig.driver.information().allSatisfy { $0.id != id })
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func close_withUnreadInput_waitsASecondForThePeerAndNoLonger(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair()
                rig.driver.pause(id)
                try await rig.settle()
                try peer.send([7])
                rig.driver.close(id)
                try await rig.sink.wait(for: .closed(id))
                // Refused once nobody is left to throw it away.
                #expect(throws: Peer.Failure.self) { while true { try peer.send([7]) } }
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func shutdown_discardsWhatTheKernelDidNotTake(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(receiveBuffer: 4096)
                #expect(rig.send(id, [UInt8](repeating: 5, count: 20 << 20)))
                rig.driver.shutdown(id)
                #expect(!rig.send(id, "late"))
                try await rig.sink.wait(for: .closed(id))
                #expect(try peer.receive(20 << 20).count < 20 << 20)
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func shutdown_whileClosing_isSilent(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(receiveBuffer: 4096)
                #expect(rig.send(id, [UInt8](repeating: 5, count: 20 << 20)))
                rig.driver.close(id)
                try await rig.sink.wait(for: .closed(id))
                rig.driver.shutdown(id)
                try await rig.settle()
                #expect(!rig.send(id, "low", .low))
                #expect(rig.sink.happenings(of: id).filter { $0 == .closed(id) }.count == 1)
                withExtendedLifetime(peer) {}
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func close_ofAnUnstartedSocket_isClosed(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair(started: false)
                rig.driver.close(id)
                try await rig.sink.wait(for: .closed(id))
                #expect(try peer.sawEnd())
            }
        }

        @Test func close_ofAListener_isClosedAndRefusesConnections() async throws {
            try await Rig.run { rig in
                let (id, port) = try await rig.listener()
                rig.driver.close(id)
                try await rig.sink.wait(for: .closed(id))
                try await rig.settle()
                #expect(throws: Peer.Failure.self) { try Peer(port: port) }
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func resetWhileClosing_isSilent(kind: ConnectionKind) async throws {
            try await Rig.run(over: kind) { rig in
                var (peer, id): (Peer?, SocketID) = try await rig.pair(receiveBuffer: 4096)
                #expect(rig.send(id, [UInt8](repeating: 5, count: 20 << 20)))
                rig.driver.close(id)
                try await rig.sink.wait(for: .closed(id))
                peer?.resetOnClose()
                peer = nil
                let before = rig.sink.happenings.count
                while rig.send(id, "probe", .low) { try await rig.settle() }
                #expect(rig.sink.happenings.count == before)
            }
        }

        @Test(arguments: ConnectionKind.allCases)
        func shutdownAll_closesEverythingAndRefusesMore(kind: ConnectionKind) async throws {
            try await Rig.run(loops: 2, over: kind) { rig in
                let (peer, id) = try await rig.pair()
                await rig.driver.shutdownAll()
                #expect(rig.sink.happenings.contains(.closed(id)))
                #expect(try peer.sawEnd())
                #expect(rig.driver.information().isEmpty)
                let late = try rig.driver.connect(Endpoint(host: "127.0.0.1", port: 1), owner: 1)
                #expect(late == -1)
                #expect(throws: SocketError.self) {
                    try rig.driver.listen(Endpoint(host: "127.0.0.1", port: 0), backlog: 1, owner: 1)
                }
            }
        }
    }
}
