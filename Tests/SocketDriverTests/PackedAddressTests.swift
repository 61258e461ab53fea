// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import SocketDriver
import Testing

@Suite struct PackedAddressTests {
    private static let v6 = [UInt8](repeating: 0, count: 15) + [1]

    @Test func ipv4_isSevenBytesWithThePortMostSignificantFirst() throws {
        let address = try #require(PackedAddress(packed: [1, 0x1f, 0x90, 127, 0, 0, 1]))
        #expect(address.family == .v4 && address.port == 8080 && address.host == "127.0.0.1")
        #expect(address.packed == [1, 0x1f, 0x90, 127, 0, 0, 1])
    }

    @Test func ipv6_isNineteenBytes() throws {
        let address = try #require(PackedAddress(packed: [2, 0, 80] + Self.v6))
        #expect(address.family == .v6 && address.port == 80 && address.host == "::1")
        #expect(address.packed.count == 19)
    }

    @Test(
        arguments: [
            [], [1], [0, 0, 80, 1, 2, 3, 4], [1, 0, 80, 1, 2, 3], [1, 0, 80, 1, 2, 3, 4, 5], [2, 0, 80, 1, 2, 3, 4],
            [3] + [UInt8](repeating: 0, count: 18),
        ] as [[UInt8]]
    )
    func foreignBytes_areNoAddress(bytes: [UInt8]) {
        #expect(PackedAddress(packed: bytes) == nil)
    }
}
