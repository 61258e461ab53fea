// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
public import ServiceKernel

/// One message between two nodes, as the wire between harbors has it.
///
/// A big-endian length that covers the rest, the body, and a trailer of three big-endian words: the source; the type
/// above the local address of the destination, for the receiver knows its own number; the session.
public struct HarborRecord: Equatable, Sendable {
    public var type: MessageType
    public var source: ServiceHandle
    /// The local part of the destination's address.
    public var destination: UInt32
    public var session: Int32
    public var body: [UInt8]

    static let trailerSize = 12
    /// Lengths stay below this: the top byte of a length is 0.
    static let lengthLimit = 1 << 24
    /// Bytes of a body that fit into a record.
    public static let largestBody = lengthLimit - 1 - trailerSize
    static let lengths = trailerSize...(lengthLimit - 1)

    public init(type: MessageType, source: ServiceHandle, destination: UInt32, session: Int32, body: [UInt8]) {
        self.type = type
        self.source = source
        self.destination = destination
        self.session = session
        self.body = body
    }

    /// Reads what follows the length; nil when that is shorter than a trailer.
    init?(content: UnsafeRawBufferPointer) {
        guard content.count >= Self.trailerSize else { return nil }
        let trailer = UnsafeRawBufferPointer(rebasing: content.suffix(Self.trailerSize))
        let target = trailer.word(at: 4)
        self.init(
            type: MessageType(rawValue: UInt8(target >> 24)),
            source: ServiceHandle(rawValue: trailer.word(at: 0)),
            destination: target & 0xFF_FFFF,
            session: Int32(bitPattern: trailer.word(at: 8)),
            body: Array(content.dropLast(Self.trailerSize))
        )
    }

    /// The bytes of a message to `handle`, whose body must fit.
    static func encode(_ message: borrowing Message, to handle: ServiceHandle) -> [UInt8] {
        let body = message.payload.bytes
        precondition(body.count <= largestBody, "A harbor record has at most \(largestBody) bytes of body.")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 + body.count + trailerSize)
        bytes.append(word: UInt32(body.count + trailerSize))
        bytes.append(contentsOf: body)
        bytes.append(word: message.source.rawValue)
        bytes.append(word: UInt32(message.type.rawValue) << 24 | handle.local)
        bytes.append(word: UInt32(bitPattern: message.session))
        return bytes
    }

    /// Whether messages of a type may leave the node, or come from another: the bodies of SOCKET messages are
    /// addresses, and SYSTEM and HARBOR steer the node itself.
    static func carries(_ type: MessageType) -> Bool { type != .socket && type != .system && type != .harbor }
}

extension UnsafeRawBufferPointer {
    /// Four big-endian bytes.
    fileprivate func word(at index: Int) -> UInt32 {
        UInt32(bigEndian: loadUnaligned(fromByteOffset: index, as: UInt32.self))
    }
}

extension [UInt8] {
    fileprivate mutating func append(word: UInt32) {
        for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
    }
}
