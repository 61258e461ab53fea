// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import Glibc
import SocketDriver
import Testing

extension SocketTests {
    @Suite struct Leaks {
        @Test(arguments: ConnectionKind.allCases)
        func trafficKicksAndErrors_leaveNoDescriptor(kind: ConnectionKind) async throws {
            var ports: Set<Int32> = []
            try await Rig.run(loops: 2, over: kind) { rig in
                for round in 0..<20 {
                    var (peer, id): (Peer?, SocketID) = try await rig.pair(receiveBuffer: 4096)
                    try peer?.send([UInt8](repeating: 1, count: 10_000))
                    rig.send(id, [UInt8](repeating: 2, count: 8 << 20))
                    switch round % 4 {
                    case 0: rig.driver.close(id)
                    case 1: rig.driver.shutdown(id)
                    case 2:
                        peer?.resetOnClose()
                        peer = nil
                        try await rig.sink.wait(for: .closed(id))
                    default: rig.driver.pause(id)
                    }
                    withExtendedLifetime(peer) {}
                }
                for case .connected(_, _, let port) in rig.sink.happenings where port > 0 { ports.insert(port) }
            }
            #expect(ports.count == 20)
            #expect(descriptors(bound: ports) == 0)
        }

        @Test(arguments: ConnectionKind.allCases)
        func whatWasReceived_isFreedWithItsEvent(kind: ConnectionKind) async throws {
            // Other tests hold blocks meanwhile, so it is the number of rounds that tells a leak from their noise.
            let rounds = 500
            try await Rig.run(over: kind) { rig in
                let (peer, id) = try await rig.pair()
                var isClean = false
                for attempt in 1...5 where !isClean {
                    let before = MemoryBlock.liveBlocks
                    for round in 0..<rounds {
                        try peer.send([1])
                        let total = (attempt - 1) * rounds + round + 1
                        while rig.sink.bytes(of: id).count < total { await Task.yield() }
                    }
                    isClean = MemoryBlock.liveBlocks - before < rounds / 2
                }
                #expect(isClean)
            }
        }

        /// Descriptors of the process, which runs other tests meanwhile, that are listeners of ours or were accepted there.
        private func descriptors(bound ports: Set<Int32>) -> Int {
            (0..<4096).count { ports.contains(portOf($0)) }
        }
    }
}
