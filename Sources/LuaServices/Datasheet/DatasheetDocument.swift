// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// A compiled datasheet: tables, numbered from 0, that refer to one another by number and to strings by offset.
///
/// All numbers have 4 bytes, little end first. A header (offset of the strings, number of tables) is followed by the
/// tables' offsets from the end of these, all ones for a table that is no more; a table is two counts, a type byte for
/// each value, padded to 4, the values of the array, and pairs of a key's offset and a value. Nothing is read that is
/// not checked: the bytes may come from anywhere.
struct DatasheetDocument: Sendable {
    enum Value: Equatable {
        case none
        case integer(Int32)
        case number(Float)
        case boolean(Bool)
        case table(Int)
        /// A range of the document's bytes.
        case string(Range<Int>)
    }

    struct Row: Equatable {
        /// The range of the key's bytes; nil for values of the array, which come first.
        let key: Range<Int>?
        let value: Value
    }

    struct Fault: Error, Equatable {
        let text: String
    }

    let bytes: [UInt8]
    let tableCount: Int
    private let strings: Int
    private let index = 8

    /// - Throws: when the bytes are no document.
    init(_ bytes: [UInt8]) throws(Fault) {
        self.bytes = bytes
        guard bytes.count >= index else { throw Fault(text: "Invalid datasheet (\(bytes.count) bytes)") }
        strings = Int(Self.word(0, bytes))
        tableCount = Int(Self.word(4, bytes))
        guard strings <= bytes.count, index + 4 * tableCount <= strings else {
            throw Fault(text: "Invalid datasheet (\(tableCount) tables, strings at \(strings) of \(bytes.count) bytes)")
        }
    }

    func hasTable(_ number: Int) -> Bool {
        number < tableCount && Self.word(index + 4 * number, bytes) != .max
    }

    /// The values of a table: its array, then its pairs.
    func rows(ofTable number: Int) throws(Fault) -> [Row] {
        guard number < tableCount else {
            throw Fault(text: "Invalid proxy (index = \(number), total = \(tableCount))")
        }
        guard hasTable(number) else { throw Fault(text: "Invalid proxy (index = \(number))") }
        let start = index + 4 * tableCount + Int(Self.word(index + 4 * number, bytes))
        guard start + 8 <= strings else { throw cut(number) }
        let array = Int(Self.word(start, bytes))
        let pairs = Int(Self.word(start + 4, bytes))
        let values = start + 8 + (array + pairs + 3) / 4 * 4
        guard values + 4 * array + 8 * pairs <= strings else { throw cut(number) }
        var rows: [Row] = []
        rows.reserveCapacity(array + pairs)
        for item in 0..<array + pairs {
            let place = item < array ? values + 4 * item : values + 4 * array + 8 * (item - array)
            let key = item < array ? nil : try string(at: place, number)
            let value = try value(bytes[start + 8 + item], at: key == nil ? place : place + 4, number)
            rows.append(Row(key: key, value: value))
        }
        return rows
    }

    private func value(_ type: UInt8, at place: Int, _ number: Int) throws(Fault) -> Value {
        let word = Self.word(place, bytes)
        switch type {
        case 0: return .none
        case 1: return .integer(Int32(bitPattern: word))
        case 2: return .number(Float(bitPattern: word))
        case 3: return .boolean(word != 0)
        case 4: return .table(Int(word))
        case 5: return .string(try string(at: place, number))
        default: throw Fault(text: "Invalid type \(type) at table \(number)")
        }
    }

    /// The string whose offset is at `place`, up to its NUL.
    private func string(at place: Int, _ number: Int) throws(Fault) -> Range<Int> {
        let start = strings + Int(Self.word(place, bytes))
        guard start < bytes.count, let end = bytes[start...].firstIndex(of: 0) else { throw cut(number) }
        return start..<end
    }

    private func cut(_ number: Int) -> Fault { Fault(text: "Invalid datasheet (table \(number) goes beyond its end)") }

    private static func word(_ place: Int, _ bytes: [UInt8]) -> UInt32 {
        UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2]) << 16
            | UInt32(bytes[place + 3]) << 24
    }
}
