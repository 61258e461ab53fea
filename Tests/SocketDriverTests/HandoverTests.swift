// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import SocketDriver
import Testing

extension SocketTests {
    /// A socket that passes from one service to another. The test holds the loop, so that everything has its moment.
    @Suite struct Handovers {
        private struct Lost: Error {}

        /// Passes of the loop until an event is there that `extract` recognises.
        private static func turn<Found>(
            _ loop: SocketLoop,
            _ sink: RecordingSink,
            _ extract: (Record) -> Found?
        ) throws -> Found {
            for _ in 0..<1000 {
                if let found = sink.records.lazy.compactMap(extract).first { return found }
                loop.wakeWork(after: 10_000_000)
                _ = loop.turn { .idle }
            }
            throw Lost()
        }

        private static func accepted(_ record: Record) -> SocketID? {
            if case .accepted(_, let id, _) = record.what { id } else { nil }
        }

        private static func port(_ record: Record) -> Int32? {
            if case .connected(_, "127.0.0.1", let port) = record.what { port } else { nil }
        }

        /// What a service sends does not wait for the socket's loop, and neither does the peer's answer.
        @Test func answerToTheFirstWordsOfANewOwner_isTheNewOwners() throws {
            let (loop, sink) = (SocketLoop(number: 0), RecordingSink())
            let driver = SocketDriver(loops: [loop], sink: sink, observer: Rig.LogLines())
            loop.adopt()
            let listener = try driver.listen(Endpoint(host: "127.0.0.1"), backlog: 8, owner: 1)
            driver.start(listener, owner: 1)
            let peer = try Peer(port: try Self.turn(loop, sink, Self.port))
            let id = try Self.turn(loop, sink, Self.accepted)
            driver.start(id, owner: 1)
            try Self.turn(loop, sink) { $0.what == .connected(id, "start", 0) ? () : nil }

            driver.start(id, owner: 2)
            #expect([UInt8(7)].withUnsafeBytes { driver.send(id, $0) })
            #expect(try peer.receive(1) == [7])
            try peer.send([8])
            let owner = try Self.turn(loop, sink) { $0.what == .data(id, [8]) ? $0.owner : nil }
            #expect(owner == 2)

            driver.shutdownAll {}
            _ = loop.turn { .idle }
            loop.resign()
        }
    }
}
