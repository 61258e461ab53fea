// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Builds encoded structures, one inside the other, in one array.
struct SprotoWriter {
    static let greatestSize = 16_777_216

    private(set) var bytes: [UInt8] = []

    /// A structure that is being written: its words stand in front of its data, in room reserved for the most of them.
    struct OpenStructure {
        fileprivate let start: Int
        fileprivate let room: Int
        fileprivate var wordCount = 0
        fileprivate var tag = -1
    }

    init() { bytes.reserveCapacity(256) }

    mutating func openStructure(greatestWordCount: Int) -> OpenStructure {
        let room = 2 + 2 * greatestWordCount
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: room))
        return OpenStructure(start: start, room: room)
    }

    /// Moves the data up to the words, where not all of the room was needed.
    mutating func close(_ structure: OpenStructure) {
        patch(UInt16(structure.wordCount), at: structure.start)
        let wordsEnd = structure.start + 2 + 2 * structure.wordCount
        bytes.removeSubrange(wordsEnd..<structure.start + structure.room)
    }

    /// Announces the field `tag`, greater than all before: its value as a small number, or nil when it comes as data.
    mutating func announce(_ tag: Int, inline value: Int?, in structure: inout OpenStructure) {
        let gap = tag - structure.tag - 1
        if gap > 0 { append(word: UInt16(2 * gap - 1), in: &structure) }
        append(word: value.map { UInt16(2 * ($0 + 1)) } ?? 0, in: &structure)
        structure.tag = tag
    }

    private mutating func append(word: UInt16, in structure: inout OpenStructure) {
        patch(word, at: structure.start + 2 + 2 * structure.wordCount)
        structure.wordCount += 1
    }

    private mutating func patch(_ word: UInt16, at place: Int) {
        bytes[place] = UInt8(truncatingIfNeeded: word)
        bytes[place + 1] = UInt8(word >> 8)
    }

    // MARK: Data

    /// Whether an integer fits a word beside its field.
    static func isInline(_ value: Int) -> Bool { value >= 0 && value < 32767 }

    mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: UnsafeRawBufferPointer) { bytes.append(contentsOf: text) }

    mutating func append(byte: UInt8) { bytes.append(byte) }

    /// Begins an item whose length is not known yet; answers its place for ``closeItem(_:)``.
    mutating func openItem() -> Int {
        append(UInt32(0))
        return bytes.count
    }

    mutating func closeItem(_ start: Int) {
        let count = UInt32(truncatingIfNeeded: bytes.count - start)
        for index in 0..<4 { bytes[start - 4 + index] = UInt8(truncatingIfNeeded: count >> UInt32(8 * index)) }
    }

    /// The data of an integer that is not inline.
    mutating func appendItem(_ integer: Int) {
        if let short = Int32(exactly: integer) {
            append(UInt32(4))
            append(short)
        } else {
            append(UInt32(8))
            append(Int64(integer))
        }
    }
}
