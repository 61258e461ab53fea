// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The bytes a client sends: the same packet over and over, laid out once, from which any stretch can be written.
struct PacketSource {
    let packetSize: Int
    /// One packet more than can ever be pending, so that a stretch may begin inside the first.
    let bytes: [UInt8]

    init(payload: Int, inFlight: Int) {
        let header = [UInt8(payload >> 8), UInt8(payload & 0xff)]
        let packet = header + (0..<payload).map { UInt8(truncatingIfNeeded: $0) }
        packetSize = packet.count
        bytes = Array((0...inFlight).map { _ in packet }.joined())
    }
}
