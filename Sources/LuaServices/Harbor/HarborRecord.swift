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

    static let lengthSize = 4
    static let trailerSize = 12
    /// Lengths stay below this: the top byte of a length is 0.
    static let lengthLimit = 1 << 24
    /// Bytes of a body that fit into a record.
    public static let largestBody = lengthLimit - 1 - trailerSize

    public init(type: MessageType, source: ServiceHandle, destination: UInt32, session: Int32, body: [UInt8]) {
        self.type = type
        self.source = source
        self.destination = destination
        self.session = session
        self.body = body
    }

    /// Reads what follows the length; nil when that is shorter than a trailer.
    init?(content: ArraySlice<UInt8>) {
        guard content.count >= Self.trailerSize else { return nil }
        let trailer = content.suffix(Self.trailerSize)
        let target = trailer.word(at: trailer.startIndex + 4)
        self.init(
            type: MessageType(rawValue: UInt8(target >> 24)),
            source: ServiceHandle(rawValue: trailer.word(at: trailer.startIndex)),
            destination: target & 0xFF_FFFF,
            session: Int32(bitPattern: trailer.word(at: trailer.startIndex + 8)),
            body: Array(content.dropLast(Self.trailerSize))
        )
    }

    /// The bytes of a message to `handle`, whose body must fit.
    static func encode(_ message: borrowing Message, to handle: ServiceHandle) -> [UInt8] {
        let body = message.payload.bytes
        precondition(body.count <= largestBody, "A harbor record has at most \(largestBody) bytes of body.")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lengthSize + body.count + trailerSize)
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

extension RandomAccessCollection where Element == UInt8, Index == Int {
    /// Four big-endian bytes.
    func word(at index: Int) -> UInt32 { self[index..<(index + 4)].reduce(0) { $0 << 8 | UInt32($1) } }
}

extension [UInt8] {
    fileprivate mutating func append(word: UInt32) {
        for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
    }
}
