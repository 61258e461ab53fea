// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Builds one packet: a length of two bytes, high byte first, and the content it counts.
package struct ClusterPacket {
    /// What a packet carries of a message at most; greater messages travel in parts.
    static let partSize = 32768
    /// Bytes of a message that an announcement can count.
    package static let largestMessage = Int(UInt32.max)

    private(set) var bytes: [UInt8]

    /// - Parameter count: how long the content will be.
    init(contentCount count: Int) {
        precondition(count <= Int(UInt16.max), "a cluster packet's content fits two bytes of length")
        bytes = []
        bytes.reserveCapacity(count + 2)
        bytes.append(UInt8(count >> 8))
        bytes.append(UInt8(count & 255))
    }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    /// Numbers inside a packet have their low byte first, unlike its length.
    mutating func append(_ number: UInt32) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: some Collection<UInt8>) { bytes.append(contentsOf: text) }
}

/// Cuts a message into slices of the part size.
func clusterParts(of payload: UnsafeRawBufferPointer) -> [Slice<UnsafeRawBufferPointer>] {
    stride(from: 0, to: payload.count, by: ClusterPacket.partSize).map { start in
        payload[start..<min(start + ClusterPacket.partSize, payload.count)]
    }
}

/// What a peer sent is no packet of the protocol.
package struct ClusterWireError: Error, Equatable {
    package let text: String

    init(_ text: String) { self.text = text }
}
