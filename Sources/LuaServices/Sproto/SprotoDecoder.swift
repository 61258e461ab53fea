// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// Reads messages into Lua tables.
struct SprotoDecoder {
    private let stack: LuaStack
    private let schema: SprotoSchema

    init(_ schema: SprotoSchema, on stack: LuaStack) {
        self.stack = stack
        self.schema = schema
    }

    private static let malformed = LuaError.message("decode error")

    /// Pushes the table of a message of type `type` and answers how many bytes it took. Stack: +1.
    ///
    /// - Parameter result: where the table to be filled is; nil: a new one.
    func decode(
        _ type: Int,
        _ bytes: UnsafeRawBufferPointer,
        into result: Int32? = nil,
        depth: Int = 1
    ) throws(LuaError) -> Int {
        guard depth <= SprotoEncoder.greatestDepth else { throw .message("The table is too deep") }
        try stack.reserve(12)
        guard var reader = SprotoFieldReader(bytes) else { throw Self.malformed }
        let type = schema.types[type]
        if let result { stack.copy(result) } else { stack.pushTable(fields: Int32(type.fields.count)) }
        while true {
            switch reader.next() {
            case .end: return reader.used
            case .malformed: throw Self.malformed
            case .field(let tag, let item):
                guard let field = type.field(tagged: tag) else { continue }
                stack.push(bytes: field.name)
                try push(field, item, depth: depth)
                stack.rawSet(-3)
            }
        }
    }

    // MARK: Single values

    private func push(_ field: SprotoField, _ item: SprotoItem, depth: Int) throws(LuaError) {
        guard field.shape == .one else { return try pushElements(field, item, depth: depth) }
        switch field.value {
        case .integer, .decimal:
            guard let value = item.integer else { throw Self.malformed }
            push(value, as: field.value)
        case .boolean:
            guard case .inline(let value) = item else { throw Self.malformed }
            stack.push(value != 0)
        case .double:
            guard let bytes = item.bytes, bytes.count == 8 else { throw Self.malformed }
            push(double: bytes)
        case .string, .structure:
            guard let bytes = item.bytes else { throw Self.malformed }
            try push(field.value, bytes, depth: depth)
        }
    }

    private func push(_ value: Int, as type: SprotoValueType) {
        if case .decimal(let scale) = type { stack.push(Double(value) / scale) } else { stack.push(value) }
    }

    private func push(double bytes: UnsafeRawBufferPointer) {
        stack.push(Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))))
    }

    /// A string or a structure. A structure must fill its item.
    private func push(_ value: SprotoValueType, _ bytes: UnsafeRawBufferPointer, depth: Int) throws(LuaError) {
        guard case .structure(let type) = value else { return stack.push(bytes) }
        guard try decode(type, bytes, depth: depth + 1) == bytes.count else { throw Self.malformed }
    }

    // MARK: Arrays

    private func pushElements(_ field: SprotoField, _ item: SprotoItem, depth: Int) throws(LuaError) {
        guard let bytes = item.bytes else { throw Self.malformed }
        switch field.value {
        case .integer, .decimal: try pushIntegers(bytes, as: field.value)
        case .double: try pushDoubles(bytes)
        case .boolean:
            stack.pushTable(array: Int32(clamping: bytes.count))
            for (index, byte) in bytes.enumerated() {
                stack.push(byte != 0)
                stack.rawSet(-2, index: index + 1)
            }
        case .string, .structure: try pushItems(field, bytes, depth: depth)
        }
    }

    /// The numbers behind the byte that tells their size; an empty array may lack that byte.
    private func numbers(_ bytes: UnsafeRawBufferPointer) throws(LuaError) -> (size: Int, count: Int) {
        guard let size = bytes.first else { return (8, 0) }
        guard size == 4 || size == 8, (bytes.count - 1) % Int(size) == 0 else { throw Self.malformed }
        return (Int(size), (bytes.count - 1) / Int(size))
    }

    private func pushIntegers(_ bytes: UnsafeRawBufferPointer, as type: SprotoValueType) throws(LuaError) {
        let (size, count) = try numbers(bytes)
        stack.pushTable(array: Int32(clamping: count))
        for index in 0..<count {
            let element = UnsafeRawBufferPointer(rebasing: bytes[1 + index * size..<1 + (index + 1) * size])
            push(SprotoItem.integer(element) ?? 0, as: type)
            stack.rawSet(-2, index: index + 1)
        }
    }

    private func pushDoubles(_ bytes: UnsafeRawBufferPointer) throws(LuaError) {
        let (size, count) = try numbers(bytes)
        guard size == 8 else { throw Self.malformed }
        stack.pushTable(array: Int32(clamping: count))
        for index in 0..<count {
            push(double: UnsafeRawBufferPointer(rebasing: bytes[(1 + index * 8)...].prefix(8)))
            stack.rawSet(-2, index: index + 1)
        }
    }

    private func pushItems(_ field: SprotoField, _ bytes: UnsafeRawBufferPointer, depth: Int) throws(LuaError) {
        stack.pushTable()
        var reader = SprotoItemReader(bytes)
        var index = 0
        while !reader.isAtEnd {
            guard let item = reader.next() else { throw Self.malformed }
            index += 1
            try push(field.value, item, depth: depth)
            try place(field, at: index)
        }
    }

    /// Puts the element on top into the array below it. Stack: -1.
    private func place(_ field: SprotoField, at index: Int) throws(LuaError) {
        switch (field.shape, field.value) {
        case (.keyed(let key), .structure(let type)):
            let missing = "Can't find main index (tag=\(key)) in [\(String(decoding: field.name, as: UTF8.self))]"
            try take(key, of: type, from: -1, otherwise: missing)
            stack.insert(at: -2)
            stack.rawSet(-3)
        case (.map(let key, let value), .structure(let type)):
            let name = String(decoding: field.name, as: UTF8.self)
            try take(key, of: type, from: -1, otherwise: "Can't find key field in [\(name)]")
            try take(value, of: type, from: -2, otherwise: "Can't find value field in [\(name)]")
            stack.remove(-3)
            stack.rawSet(-3)
        default:
            stack.rawSet(-2, index: index)
        }
    }

    /// Pushes a field of a decoded structure that its container needs. Stack: +1.
    private func take(_ tag: Int, of type: Int, from index: Int32, otherwise text: String) throws(LuaError) {
        let structure = stack.absolute(index)
        guard let field = schema.types[type].field(tagged: tag) else { throw Self.malformed }
        stack.push(bytes: field.name)
        let found = stack.rawGet(structure)
        if found == .nil { throw .message(text) }
        // A table refuses it as a key, and an honest peer has none.
        if found == .number, let number = stack.number(-1), number.isNaN { throw Self.malformed }
    }
}
