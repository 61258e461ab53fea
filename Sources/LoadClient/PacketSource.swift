// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The bytes a client sends: the same packet over and over, laid out once, from which any stretch can be written.
struct PacketSource {
    let packetSize: Int
    /// One packet more than can ever be pending, so that a stretch may begin inside the first.
    let bytes: [UInt8]

    init(_ layout: PacketLayout, inFlight: Int) {
        packetSize = layout.packet.count
        bytes = Array((0...inFlight).map { _ in layout.packet }.joined())
    }
}
