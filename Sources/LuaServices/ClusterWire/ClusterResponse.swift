// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The content of a packet that travels back to the node that asked.
package enum ClusterResponse: Equatable, Sendable {
    case failure(session: UInt32, text: Range<Int>)
    case whole(session: UInt32, payload: Range<Int>)
    /// An answer of `size` bytes follows in parts.
    case start(session: UInt32, size: UInt32)
    case part(session: UInt32, payload: Range<Int>, more: Bool)

    private enum Kind {
        static let failure: UInt8 = 0
        static let whole: UInt8 = 1
        static let start: UInt8 = 2
        static let part: UInt8 = 3
        static let lastPart: UInt8 = 4
    }

    /// Reads a content; nil for what is no response.
    package init?(_ content: UnsafeRawBufferPointer) {
        guard content.count >= 5 else { return nil }
        let session = content.number(at: 0)
        let rest = 5..<content.count
        switch content[4] {
        case Kind.failure: self = .failure(session: session, text: rest)
        case Kind.whole: self = .whole(session: session, payload: rest)
        case Kind.start where rest.count == 4: self = .start(session: session, size: content.number(at: 5))
        case Kind.part: self = .part(session: session, payload: rest, more: true)
        case Kind.lastPart: self = .part(session: session, payload: rest, more: false)
        default: return nil
        }
    }

    /// The packet of an error text, which is cut to what one packet carries.
    package static func packet(session: UInt32, failure text: UnsafeRawBufferPointer) -> [UInt8] {
        packet(Kind.failure, session, text.prefix(ClusterPacket.partSize))
    }

    /// The packets of an answer of up to ``ClusterPacket/largestMessage`` bytes: one, or an announcement and its parts.
    package static func packets(session: UInt32, payload: UnsafeRawBufferPointer) -> [[UInt8]] {
        if payload.count <= ClusterPacket.partSize { return [packet(Kind.whole, session, payload[...])] }
        var announcement = ClusterPacket(contentCount: 9)
        announcement.append(session)
        announcement.append(Kind.start)
        announcement.append(UInt32(truncatingIfNeeded: payload.count))
        let parts = clusterParts(of: payload).map { part in
            packet(part.endIndex == payload.count ? Kind.lastPart : Kind.part, session, part)
        }
        return [announcement.bytes] + parts
    }

    private static func packet(_ kind: UInt8, _ session: UInt32, _ data: Slice<UnsafeRawBufferPointer>) -> [UInt8] {
        var packet = ClusterPacket(contentCount: 5 + data.count)
        packet.append(session)
        packet.append(kind)
        packet.append(data)
        return packet.bytes
    }
}
