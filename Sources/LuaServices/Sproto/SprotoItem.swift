// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The value of one field on the wire.
enum SprotoItem {
    case inline(Int)
    case data(UnsafeRawBufferPointer)

    var integer: Int? {
        switch self {
        case .inline(let value): value
        case .data(let bytes): SprotoItem.integer(bytes)
        }
    }

    var bytes: UnsafeRawBufferPointer? {
        if case .data(let bytes) = self { return bytes }
        return nil
    }

    /// Four or eight bytes, with their sign.
    static func integer(_ bytes: UnsafeRawBufferPointer) -> Int? {
        switch bytes.count {
        case 4: Int(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self)))
        case 8: Int(Int64(littleEndian: bytes.loadUnaligned(as: Int64.self)))
        default: nil
        }
    }
}

/// Walks the fields of an encoded structure.
///
/// Nothing the bytes claim is believed before it is checked against their number.
struct SprotoFieldReader {
    enum Step {
        case field(tag: Int, SprotoItem)
        case end
        case malformed
    }

    private let bytes: UnsafeRawBufferPointer
    private let wordCount: Int
    private var word = 0
    private var tag = -1
    private var dataReader: SprotoItemReader

    /// Nil when the bytes are too few for the words they announce.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 2 else { return nil }
        self.bytes = bytes
        wordCount = Int(UInt16(littleEndian: bytes.loadUnaligned(as: UInt16.self)))
        guard bytes.count >= 2 + 2 * wordCount else { return nil }
        dataReader = SprotoItemReader(bytes, from: 2 + 2 * wordCount)
    }

    /// The bytes read so far; once the end was reached, the bytes of the structure.
    var used: Int { dataReader.place }

    mutating func next() -> Step {
        while word < wordCount {
            let value = Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 + 2 * word, as: UInt16.self)))
            word += 1
            tag += 1
            if value & 1 == 1 {
                tag += (value - 1) / 2
            } else if value > 0 {
                return .field(tag: tag, .inline(value / 2 - 1))
            } else {
                guard let data = dataReader.next() else { return .malformed }
                return .field(tag: tag, .data(data))
            }
        }
        return .end
    }
}

/// Walks items that each tell their length in four bytes.
struct SprotoItemReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var place: Int

    init(_ bytes: UnsafeRawBufferPointer, from place: Int = 0) {
        self.bytes = bytes
        self.place = place
    }

    var isAtEnd: Bool { place == bytes.count }

    /// The next item; nil when the bytes are too few.
    mutating func next() -> UnsafeRawBufferPointer? {
        guard bytes.count - place >= 4 else { return nil }
        let count = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
        guard bytes.count - place - 4 >= count else { return nil }
        let item = UnsafeRawBufferPointer(rebasing: bytes[place + 4..<place + 4 + count])
        place += 4 + count
        return item
    }
}
