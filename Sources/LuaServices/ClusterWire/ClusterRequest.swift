// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Whom a request is for.
package enum ClusterAddress: Equatable, Sendable {
    case number(UInt32)
    case name([UInt8])
}

/// The content of a packet that travels to the node that serves.
package enum ClusterRequest: Equatable, Sendable {
    /// A whole message; session 0 says that no answer is wanted.
    case message(ClusterAddress, session: UInt32, payload: Range<Int>)
    /// A message of `size` bytes follows in parts.
    case start(ClusterAddress, session: UInt32, size: UInt32, isPush: Bool)
    case part(session: UInt32, payload: Range<Int>, more: Bool)
    /// A tag for the next request.
    case trace(Range<Int>)

    /// The first byte of each content.
    private enum Kind {
        static let message: UInt8 = 0x00
        static let start: UInt8 = 0x01
        static let part: UInt8 = 0x02
        static let lastPart: UInt8 = 0x03
        static let trace: UInt8 = 0x04
        static let isPush: UInt8 = 0x40
        static let isNamed: UInt8 = 0x80
    }

    /// Reads a content; payloads are told as ranges of it.
    package init(_ content: UnsafeRawBufferPointer) throws(ClusterWireError) {
        guard let kind = content.first else { throw ClusterWireError("Invalid req package. size == 0") }
        switch kind {
        case Kind.message, Kind.message | Kind.isNamed:
            let (address, end) = try Self.address(content, followedBy: 4, kind)
            self = .message(address, session: content.number(at: end), payload: end + 4..<content.count)
        case Kind.start, Kind.start | Kind.isPush, Kind.start | Kind.isNamed, Kind.start | Kind.isPush | Kind.isNamed:
            self = try Self.start(content, kind)
        case Kind.part, Kind.lastPart:
            guard content.count >= 5 else { throw ClusterWireError("Invalid cluster multi part message") }
            self = .part(session: content.number(at: 1), payload: 5..<content.count, more: kind == Kind.part)
        case Kind.trace:
            self = .trace(1..<content.count)
        default:
            throw ClusterWireError("Invalid req package type \(Int8(bitPattern: kind))")
        }
    }

    private static func start(_ content: UnsafeRawBufferPointer, _ kind: UInt8) throws(ClusterWireError) -> Self {
        let isNamed = kind & Kind.isNamed != 0
        guard isNamed || content.count == 13 else {
            throw ClusterWireError("Invalid cluster message size \(content.count) (multi req must be 13)")
        }
        let (address, end) = try address(content, followedBy: 8, kind)
        guard content.count == end + 8 else { throw malformed(content) }
        return .start(
            address,
            session: content.number(at: end),
            size: content.number(at: end + 4),
            isPush: kind & Kind.isPush != 0
        )
    }

    /// The address behind the kind, and where it ends with at least `count` bytes to come.
    private static func address(
        _ content: UnsafeRawBufferPointer,
        followedBy count: Int,
        _ kind: UInt8
    ) throws(ClusterWireError) -> (ClusterAddress, end: Int) {
        if kind & Kind.isNamed == 0 {
            guard content.count >= 5 + count else { throw malformed(content) }
            return (.number(content.number(at: 1)), 5)
        }
        guard content.count >= 2, content.count >= 2 + Int(content[1]) + count else { throw malformed(content) }
        let end = 2 + Int(content[1])
        return (.name(Array(content[2..<end])), end)
    }

    private static func malformed(_ content: UnsafeRawBufferPointer) -> ClusterWireError {
        ClusterWireError("Invalid cluster message (size=\(content.count))")
    }
}

/// Requests on their way out.
extension ClusterRequest {
    /// The packets of a message of up to ``ClusterPacket/largestMessage`` bytes: one, or an announcement and its parts.
    package static func packets(
        to address: ClusterAddress,
        session: UInt32,
        isPush: Bool,
        payload: UnsafeRawBufferPointer
    ) -> (first: [UInt8], parts: [[UInt8]]) {
        guard payload.count >= ClusterPacket.partSize else {
            var packet = packet(Kind.message, address, followedBy: 4 + payload.count)
            packet.append(isPush ? 0 : session)
            packet.append(payload)
            return (packet.bytes, [])
        }
        var packet = packet(Kind.start | (isPush ? Kind.isPush : 0), address, followedBy: 8)
        packet.append(session)
        packet.append(UInt32(truncatingIfNeeded: payload.count))
        return (packet.bytes, parts(session: session, payload))
    }

    package static func packet(trace tag: [UInt8]) -> [UInt8] {
        var packet = ClusterPacket(contentCount: 1 + tag.count)
        packet.append(Kind.trace)
        packet.append(tag)
        return packet.bytes
    }

    private static func packet(_ kind: UInt8, _ address: ClusterAddress, followedBy count: Int) -> ClusterPacket {
        switch address {
        case .number(let number):
            var packet = ClusterPacket(contentCount: 5 + count)
            packet.append(kind)
            packet.append(number)
            return packet
        case .name(let name):
            var packet = ClusterPacket(contentCount: 2 + name.count + count)
            packet.append(kind | Kind.isNamed)
            packet.append(UInt8(name.count))
            packet.append(name)
            return packet
        }
    }

    private static func parts(session: UInt32, _ payload: UnsafeRawBufferPointer) -> [[UInt8]] {
        clusterParts(of: payload).map { part in
            var packet = ClusterPacket(contentCount: 5 + part.count)
            packet.append(part.endIndex == payload.count ? Kind.lastPart : Kind.part)
            packet.append(session)
            packet.append(part)
            return packet.bytes
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The four bytes from `place`, low byte first; the caller has checked that they are there.
    func number(at place: Int) -> UInt32 {
        UInt32(littleEndian: loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }
}
