// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import SocketDriver
import Testing

extension SocketTests {
    @Suite struct Leaks {
        @Test(arguments: ConnectionKind.allCases)
        func trafficKicksAndErrors_leaveNoBlockAndNoDescriptor(kind: ConnectionKind) async throws {
            #if DEBUG
            let blocks = BlockCensus.count
            #endif
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
                    let block = SocketBlock(copying: UnsafeRawBufferPointer(start: nil, count: 0))
                    rig.driver.send(id, block)
                    withExtendedLifetime(peer) {}
                }
                for case .connected(_, _, let port) in rig.sink.happenings where port > 0 { ports.insert(port) }
            }
            #if DEBUG
            // Other tests of this process have blocks of their own for a moment.
            let deadline = ContinuousClock.now + .seconds(30)
            while BlockCensus.count > blocks, .now < deadline { try await Task.sleep(for: .milliseconds(10)) }
            #expect(BlockCensus.count <= blocks)
            #endif
            #expect(ports.count == 20)
            #expect(descriptors(bound: ports) == 0)
        }

        @Test func relinquishedBlock_belongsToTheTaker() {
            let (pointer, count) = Array("abc".utf8).withUnsafeBytes { SocketBlock(copying: $0).relinquish() }
            #expect(count == 3 && pointer.load(as: UInt8.self) == UInt8(ascii: "a"))
            free(pointer)
        }

        /// Descriptors of the process, which runs other tests meanwhile, that are listeners of ours or were accepted there.
        private func descriptors(bound ports: Set<Int32>) -> Int {
            (0..<4096).count { ports.contains(portOf($0)) }
        }
    }
}
