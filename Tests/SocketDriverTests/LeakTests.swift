// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import SocketDriver
import Testing

extension SocketTests {
    @Suite struct Leaks {
        @Test func trafficKicksAndErrors_leaveNoBlockAndNoDescriptor() async throws {
            #if DEBUG
            let blocks = BlockCensus.count
            #endif
            let descriptors = openDescriptors()
            try await Rig.run(loops: 2) { rig in
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
            }
            #if DEBUG
            #expect(BlockCensus.count == blocks)
            #endif
            #expect(openDescriptors() == descriptors)
        }

        @Test func relinquishedBlock_belongsToTheTaker() {
            let (pointer, count) = Array("abc".utf8).withUnsafeBytes { SocketBlock(copying: $0).relinquish() }
            #expect(count == 3 && pointer.load(as: UInt8.self) == UInt8(ascii: "a"))
            free(pointer)
        }

        private func openDescriptors() -> Int {
            (0..<1024).count { fcntl($0, F_GETFD) >= 0 }
        }
    }
}
