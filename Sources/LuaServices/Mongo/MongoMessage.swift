// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The message OP_MSG with one section, the only one that databases since 3.6 need.
package enum MongoMessage {
    /// Identifier, identifier of the request, operation and flags, behind the length.
    package static let headerSize = 16
    package static let greatestDocument = Int(Int32.max) - 21

    private static let operation: Int32 = 2013
    private static let checksumPresent: Int32 = 1
    private static let moreToCome: Int32 = 2
    /// The kind of a section that is one document.
    private static let bodySection: UInt8 = 0

    package struct Reply: Equatable {
        /// The identifier of the request that is answered.
        package let request: Int32
        package let documentPlace: Int
    }

    package struct Malformed: Error, CustomStringConvertible {
        package let description: String
    }

    package static func request(id: Int, flags: Int, document: UnsafeRawBufferPointer) -> [UInt8] {
        let count = 4 + headerSize + 1 + document.count
        var message: [UInt8] = []
        message.reserveCapacity(count)
        for word in [Int32(count), Int32(truncatingIfNeeded: id), 0, operation, Int32(truncatingIfNeeded: flags)] {
            withUnsafeBytes(of: word.littleEndian) { message += $0 }
        }
        message.append(bodySection)
        message += document
        return message
    }

    /// - Parameter bytes: a message without its length, at least the header.
    package static func reply(_ bytes: UnsafeRawBufferPointer) throws(Malformed) -> Reply {
        func word(_ place: Int) -> Int32 {
            Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: Int32.self))
        }
        let (request, operation, flags) = (word(4), word(8), word(12))
        guard operation == Self.operation else { throw Malformed(description: "Unsupported opcode:\(operation)") }
        if flags & checksumPresent != 0 { throw Malformed(description: "Unsupported OP_MSG flag checksumPresent") }
        if flags & ~moreToCome != 0 { throw Malformed(description: "Unsupported OP_MSG flag:\(flags)") }
        let place = headerSize + 1
        guard bytes.count >= place + BsonDocument.smallest else {
            throw Malformed(description: "Invalid OP_MSG reply of \(bytes.count) bytes")
        }
        let kind = bytes[headerSize]
        guard kind == bodySection else { throw Malformed(description: "Unsupported OP_MSG payload type: \(kind)") }
        let count = Int(word(place))
        guard count >= BsonDocument.smallest, count <= bytes.count - place else {
            throw Malformed(description: "Invalid OP_MSG reply: its document tells \(count) bytes")
        }
        guard count == bytes.count - place else {
            throw Malformed(description: "Unsupported OP_MSG reply: >1 section")
        }
        return Reply(request: request, documentPlace: place)
    }
}
