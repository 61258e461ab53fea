// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The tables of a shared document: made once, read by any thread.
///
/// A table is its array part, as long as `rawlen` was, and a hash of the rest, both in a fixed order.
struct DocumentTree: Sendable {
    /// A key to look for.
    enum Key {
        case integer(Int32)
        case text(UnsafeRawBufferPointer)
    }

    private enum StoredKey: Sendable {
        case integer(Int32)
        case text(SharedText)
    }

    private struct Table: Sendable {
        var array: [SharedValue?]
        var keys: [StoredKey] = []
        var values: [SharedValue] = []
        /// Where in `keys` the keys of a hash are, from its place on; -1 ends the search. A power of two long.
        var places: [Int32] = []
    }

    private var tables: [Table] = []
    let text: [UInt8]

    /// - Throws: for a table that contains itself.
    init(_ image: TableImage) throws(SharingFault) {
        text = image.text
        try Self.refuseCircles(in: image)
        tables.reserveCapacity(image.objects.count)
        for object in image.objects {
            guard case .table(let table) = object else { throw SharingFault("Unsupport value type function") }
            tables.append(Self.table(table))
        }
        for number in tables.indices { index(number) }
    }

    var count: Int { tables.count }

    func arrayCount(_ table: Int) -> Int { tables[table].array.count }

    func hashCount(_ table: Int) -> Int { tables[table].keys.count }

    /// Where the key is: in the array, or behind it in the hash; nil for an unknown key.
    func place(of key: Key, in table: Int) -> Int? {
        if case .integer(let integer) = key, integer >= 1, integer <= tables[table].array.count {
            return Int(integer) - 1
        }
        return search(key, tables[table]).map { tables[table].array.count + $0 }
    }

    /// The value at a place; nil where the array has a hole.
    func value(at place: Int, in table: Int) -> SharedValue? {
        let length = tables[table].array.count
        return place < length ? tables[table].array[place] : tables[table].values[place - length]
    }

    /// The key of the first value at or behind a place; nil at the end.
    func key(from place: Int, in table: Int) -> SharedValue? {
        let length = tables[table].array.count
        var place = place
        while place < length {
            if tables[table].array[place] != nil { return .integer(place + 1) }
            place += 1
        }
        guard place - length < tables[table].keys.count else { return nil }
        switch tables[table].keys[place - length] {
        case .integer(let key): return .integer(Int(key))
        case .text(let key): return .string(key)
        }
    }

    // MARK: Making it

    private static func table(_ source: TableImage.Table) -> Table {
        var table = Table(array: Array(repeating: nil, count: source.border))
        var taken: Set<Int32>?
        for entry in source.entries {
            switch entry.key {
            case .integer(let key) where key >= 1 && key <= source.border: table.array[key - 1] = entry.value
            case .integer(let key):
                // A key that truncation makes equal to another would send a traversal back to that one.
                let short = Int32(truncatingIfNeeded: key)
                if key != Int(short) {
                    taken = taken ?? shortKeys(source)
                    let isNew = taken?.insert(short).inserted ?? true
                    if !isNew || short >= 1 && short <= source.border { continue }
                }
                table.keys.append(.integer(short))
                table.values.append(entry.value)
            case .string(let key):
                table.keys.append(.text(key))
                table.values.append(entry.value)
            default: preconditionFailure("a document's keys are checked when it is captured")
            }
        }
        return table
    }

    /// The integer keys of a table that need no truncation.
    private static func shortKeys(_ table: TableImage.Table) -> Set<Int32> {
        Set(
            table.entries.compactMap { entry in
                if case .integer(let key) = entry.key { return Int32(exactly: key) }
                return nil
            }
        )
    }

    /// Fills the places of a table's hash; no two keys are equal.
    private mutating func index(_ number: Int) {
        let keys = tables[number].keys
        guard !keys.isEmpty else { return }
        var size = 4
        while size < keys.count * 2 { size *= 2 }
        var places = [Int32](repeating: -1, count: size)
        for (entry, key) in keys.enumerated() {
            var place = hash(key) & (size - 1)
            while places[place] >= 0 { place = (place + 1) & (size - 1) }
            places[place] = Int32(entry)
        }
        tables[number].places = places
    }

    private func hash(_ key: StoredKey) -> Int {
        switch key {
        case .integer(let key): Self.hash(key)
        case .text(let key): text.withUnsafeBytes { Self.hash(UnsafeRawBufferPointer(rebasing: $0[key.range])) }
        }
    }

    private static func hash(_ key: Int32) -> Int { (Int(key) &* 0x9E37_79B9) >> 7 & .max }

    private static func hash(_ key: UnsafeRawBufferPointer) -> Int {
        var hash: UInt32 = 2_166_136_261
        for byte in key { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return Int(hash ^ hash >> 15)
    }

    // MARK: Searching

    private func search(_ key: Key, _ table: Table) -> Int? {
        guard !table.places.isEmpty else { return nil }
        let mask = table.places.count - 1
        var place: Int
        switch key {
        case .integer(let key): place = Self.hash(key) & mask
        case .text(let key): place = Self.hash(key) & mask
        }
        while table.places[place] >= 0 {
            if matches(table.keys[Int(table.places[place])], key) { return Int(table.places[place]) }
            place = (place + 1) & mask
        }
        return nil
    }

    private func matches(_ stored: StoredKey, _ key: Key) -> Bool {
        switch (stored, key) {
        case (.integer(let stored), .integer(let key)): stored == key
        case (.text(let stored), .text(let key)):
            Int(stored.count) == key.count && text.withUnsafeBytes { $0[stored.range].elementsEqual(key) }
        default: false
        }
    }

    // MARK: Circles

    /// Takes away tables that nothing refers to until none is left, or only circles and what they lead to.
    private static func refuseCircles(in image: TableImage) throws(SharingFault) {
        let children = image.objects.map { object -> [Int] in
            guard case .table(let table) = object else { return [] }
            return table.entries.compactMap { entry in
                if case .object(let number) = entry.value { return Int(number) }
                return nil
            }
        }
        var parents = Array(repeating: 0, count: children.count)
        for child in children.joined() { parents[child] += 1 }
        var free = parents.indices.filter { parents[$0] == 0 }
        var taken = 0
        while let table = free.popLast() {
            taken += 1
            for child in children[table] {
                parents[child] -= 1
                if parents[child] == 0 { free.append(child) }
            }
        }
        if taken < children.count { throw SharingFault("a table that contains itself can't be shared") }
    }
}

extension SharedText {
    /// The places of its bytes in the text.
    var range: Range<Int> { offset..<offset + Int(count) }
}
