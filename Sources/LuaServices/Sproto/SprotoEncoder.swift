// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// Writes Lua tables as messages.
struct SprotoEncoder {
    static let greatestDepth = 64

    private let stack: LuaStack
    private let schema: SprotoSchema
    private var writer = SprotoWriter()

    /// Where the fields of a structure come from.
    private enum Source {
        /// A table, or a userdata that behaves like one.
        case table(Int32)
        /// A map's entry, as if it were a table of the two fields with these tags.
        case entry(keyTag: Int, key: Int32, value: Int32)
    }

    /// The value at `index` as a message of type `type`.
    static func encode(
        _ type: Int,
        of schema: SprotoSchema,
        from index: Int32,
        on stack: LuaStack
    ) throws(LuaError) -> [UInt8] {
        var encoder = SprotoEncoder(stack: stack, schema: schema)
        try encoder.write(type, from: .table(stack.absolute(index)), depth: 1)
        return encoder.writer.bytes
    }

    private init(stack: LuaStack, schema: SprotoSchema) {
        self.stack = stack
        self.schema = schema
    }

    private mutating func write(_ type: Int, from source: Source, depth: Int) throws(LuaError) {
        guard depth <= Self.greatestDepth else { throw .message("The table is too deep") }
        try stack.reserve(12)
        let type = schema.types[type]
        var structure = writer.openStructure(greatestWordCount: type.greatestWordCount)
        for field in type.fields {
            try push(field, of: source)
            if stack.type(-1) != .nil {
                try write(Place(field, stack.count), in: &structure, depth: depth)
                try checkSize()
            }
            stack.pop()
        }
        writer.close(structure)
    }

    private func push(_ field: SprotoField, of source: Source) throws(LuaError) {
        switch source {
        case .table(let index):
            stack.push(bytes: field.name)
            try stack.get(index)
        case .entry(let keyTag, let key, let value):
            stack.copy(field.tag == keyTag ? key : value)
        }
    }

    private func checkSize(adding count: Int = 0) throws(LuaError) {
        if writer.bytes.count + count > SprotoWriter.greatestSize {
            throw .message("object is too large (>\(SprotoWriter.greatestSize))")
        }
    }

    /// A field's value on the stack, and how errors call it.
    private struct Place {
        let field: SprotoField
        let index: Int32

        init(_ field: SprotoField, _ index: Int32) {
            self.field = field
            self.index = index
        }

        var name: String { String(decoding: field.name, as: UTF8.self) }
    }

    private func refuse(_ place: Place, element: Int, _ index: Int32, isNot expected: String) -> LuaError {
        .message(".\(place.name)[\(element)] is not \(expected) (Is a \(stack.typeName(index)))")
    }

    // MARK: Single values

    private mutating func write(
        _ place: Place,
        in structure: inout SprotoWriter.OpenStructure,
        depth: Int
    ) throws(LuaError) {
        guard place.field.shape == .one else {
            writer.announce(place.field.tag, inline: nil, in: &structure)
            let item = writer.openItem()
            try writeElements(place, depth: depth)
            return writer.closeItem(item)
        }
        switch place.field.value {
        case .integer, .decimal:
            let value = try integer(place, element: 0, place.index)
            if SprotoWriter.isInline(value) {
                writer.announce(place.field.tag, inline: value, in: &structure)
            } else {
                writer.announce(place.field.tag, inline: nil, in: &structure)
                writer.appendItem(value)
            }
        case .boolean:
            writer.announce(place.field.tag, inline: try boolean(place, element: 0, place.index), in: &structure)
        case .double:
            writer.announce(place.field.tag, inline: nil, in: &structure)
            writer.append(UInt32(8))
            writer.append((stack.number(place.index) ?? 0).bitPattern)
        case .string, .structure:
            writer.announce(place.field.tag, inline: nil, in: &structure)
            try writeItem(place, element: 0, place.index, depth: depth)
        }
    }

    /// A string or a structure, behind its length.
    private mutating func writeItem(
        _ place: Place,
        element: Int,
        _ index: Int32,
        depth: Int
    ) throws(LuaError) {
        let item = writer.openItem()
        if case .structure(let type) = place.field.value {
            guard stack.isIndexable(index) else { throw refuse(place, element: element, index, isNot: "a table") }
            try write(type, from: .table(index), depth: depth + 1)
        } else {
            guard stack.type(index) == .string, let bytes = stack.bytes(index) else {
                throw refuse(place, element: element, index, isNot: "a string")
            }
            try checkSize(adding: bytes.count)
            writer.append(bytes)
        }
        writer.closeItem(item)
    }

    private func integer(_ place: Place, element: Int, _ index: Int32) throws(LuaError) -> Int {
        if case .decimal(let scale) = place.field.value {
            return Self.clamped(((stack.number(index) ?? 0) * scale).rounded(.toNearestOrAwayFromZero))
        }
        guard let value = stack.integer(index) else {
            throw refuse(place, element: element, index, isNot: "an integer")
        }
        return value
    }

    /// A float beyond the integers becomes the last of them, and one that is no number becomes zero.
    private static func clamped(_ value: Double) -> Int {
        Int(exactly: value) ?? (value.isNaN ? 0 : value < 0 ? .min : .max)
    }

    private func boolean(_ place: Place, element: Int, _ index: Int32) throws(LuaError) -> Int {
        guard stack.type(index) == .boolean else { throw refuse(place, element: element, index, isNot: "a boolean") }
        return stack.boolean(index) ? 1 : 0
    }

    // MARK: Arrays

    private mutating func writeElements(_ place: Place, depth: Int) throws(LuaError) {
        guard stack.isIndexable(place.index) else {
            let found = stack.typeName(place.index)
            throw .message(".*\(place.name)(1) should be a table or an userdata with metamethods (Is a \(found))")
        }
        switch place.field.shape {
        case .keyed, .map: return try writeEntries(place, depth: depth)
        case .one, .list: break
        }
        switch place.field.value {
        case .integer, .decimal: try writeIntegers(place)
        case .double: try writeDoubles(place)
        case .boolean:
            try forEachElement(place) { encoder, element throws(LuaError) in
                encoder.writer.append(byte: UInt8(try encoder.boolean(place, element: element, -1)))
                try encoder.checkSize()
            }
        case .string, .structure:
            try forEachElement(place) { encoder, element throws(LuaError) in
                try encoder.writeItem(place, element: element, encoder.stack.count, depth: depth)
                try encoder.checkSize()
            }
        }
    }

    /// The elements from 1 to the first nil, each on top of the stack.
    private mutating func forEachElement(
        _ place: Place,
        _ body: (inout SprotoEncoder, Int) throws(LuaError) -> Void
    ) throws(LuaError) {
        var element = 1
        while true {
            stack.push(element)
            try stack.get(place.index)
            if stack.type(-1) == .nil { break }
            try body(&self, element)
            stack.pop()
            element += 1
        }
        stack.pop()
    }

    /// All elements have the size that the greatest needs.
    private mutating func writeIntegers(_ place: Place) throws(LuaError) {
        var values: [Int] = []
        try forEachElement(place) { encoder, element throws(LuaError) in
            values.append(try encoder.integer(place, element: element, -1))
            try encoder.checkSize(adding: values.count * 4)
        }
        if values.isEmpty { return }
        let isShort = values.allSatisfy { Int32(exactly: $0) != nil }
        writer.append(byte: isShort ? 4 : 8)
        for value in values {
            if isShort { writer.append(Int32(value)) } else { writer.append(Int64(value)) }
        }
    }

    private mutating func writeDoubles(_ place: Place) throws(LuaError) {
        try forEachElement(place) { encoder, element throws(LuaError) in
            if element == 1 { encoder.writer.append(byte: 8) }
            encoder.writer.append((encoder.stack.number(-1) ?? 0).bitPattern)
            try encoder.checkSize()
        }
    }

    /// Entries in the order of the traversal.
    private mutating func writeEntries(_ place: Place, depth: Int) throws(LuaError) {
        guard case .structure(let type) = place.field.value else { return }
        var traversal = try LuaTraversal(of: place.index, on: stack)
        var element = 0
        while try traversal.next() {
            element += 1
            let (key, value) = (stack.count - 1, stack.count)
            if case .map(let keyTag, _) = place.field.shape {
                let item = writer.openItem()
                try write(type, from: .entry(keyTag: keyTag, key: key, value: value), depth: depth + 1)
                writer.closeItem(item)
            } else {
                try writeItem(place, element: element, value, depth: depth)
            }
            try checkSize()
            stack.pop()
        }
        traversal.finish()
    }
}
