// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// Pushes the values of a stream.
struct LuaUnpacker {
    private typealias Kind = SerializationFormat.Kind

    /// Array items a table gets room for before they have been read: a stream may announce what it does not hold.
    private static let mostAnnounced = 1 << 14

    private let stack: LuaStack
    private var reader: SerializationReader

    init(_ stack: LuaStack, _ bytes: UnsafeRawBufferPointer) {
        self.stack = stack
        reader = SerializationReader(bytes)
    }

    /// Pushes all values and answers how many there were.
    mutating func unpackAll() throws(SerializationFault) -> Int32 {
        var values: Int32 = 0
        while let head = reader.head() {
            if values & 15 == 0 { try reserve(16) }
            try unpack(head.kind, head.cookie, depth: 0)
            values += 1
        }
        return values
    }

    @inline(__always)
    private mutating func unpack(_ kind: UInt8, _ cookie: UInt8, depth: Int) throws(SerializationFault) {
        switch kind {
        case Kind.nil: stack.pushNil()
        case Kind.boolean: stack.push(cookie != 0)
        case Kind.number: try unpackNumber(cookie)
        case Kind.pointer: stack.push(lightUserdata: try reader.pointer())
        case Kind.shortString: stack.push(try reader.string(Int(cookie)))
        case Kind.longString: stack.push(try reader.string(try reader.length(cookie)))
        case Kind.table: try unpackTable(cookie, depth: depth + 1)
        default: throw reader.fault(527)
        }
    }

    @inline(__always)
    private mutating func unpackNumber(_ cookie: UInt8) throws(SerializationFault) {
        if cookie == SerializationFormat.Width.real {
            stack.push(try reader.real())
        } else {
            stack.push(try reader.integer(cookie))
        }
    }

    private mutating func unpackTable(_ cookie: UInt8, depth: Int) throws(SerializationFault) {
        if depth > SerializationFormat.readingDepth { throw .tooDeep }
        let size = try reader.arraySize(cookie)
        try reserve(4)
        // Every item takes a byte at least.
        stack.pushTable(array: Int32(min(size, reader.remaining, LuaUnpacker.mostAnnounced)))
        let table = stack.count
        try unpackArray(into: table, size, depth: depth)
        try unpackFields(into: table, depth: depth)
    }

    @inline(__always)
    private mutating func unpackArray(into table: Int32, _ size: Int, depth: Int) throws(SerializationFault) {
        if size == 0 { return }
        for index in 1...size {
            let head = try headInTable()
            try unpack(head.kind, head.cookie, depth: depth)
            stack.rawSet(table, index: index)
        }
    }

    @inline(__always)
    private mutating func unpackFields(into table: Int32, depth: Int) throws(SerializationFault) {
        while true {
            let key = try headInTable()
            if key.kind == Kind.nil { return }
            try unpack(key.kind, key.cookie, depth: depth)
            if key.kind == Kind.number, stack.number(-1)?.isNaN == true { throw .notANumberKey }
            let value = try headInTable()
            try unpack(value.kind, value.cookie, depth: depth)
            stack.rawSet(table)
        }
    }

    @inline(__always)
    private mutating func headInTable() throws(SerializationFault) -> (kind: UInt8, cookie: UInt8) {
        guard let head = reader.head() else { throw reader.fault(538) }
        return head
    }

    @inline(__always)
    private func reserve(_ slots: Int32) throws(SerializationFault) {
        do { try stack.reserve(slots) } catch { throw .stackOverflow }
    }
}
