// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import LuaRuntime

/// Walks Lua values and hands them to a ``SerializationWriter``.
struct LuaPacker: ~Copyable {
    private let stack: LuaStack
    private var writer = SerializationWriter()

    /// Whether Lua code may have run since the packing began, and changed a table that is being traversed.
    private var tablesMayHaveChanged = false

    init(_ stack: LuaStack) { self.stack = stack }

    consuming func finish() -> MemoryBlock { writer.finish() }

    /// Writes the value at `index`, an absolute index, which lies within `depth` tables.
    mutating func pack(_ index: Int32, depth: Int) throws(LuaError) {
        if depth > SerializationFormat.writingDepth { throw .message("serialize can't pack too depth table") }
        switch stack.type(index) {
        case .nil: writer.writeNil()
        case .boolean: writer.write(stack.boolean(index))
        case .number: packNumber(index)
        case .string: try packString(index)
        case .lightUserdata:
            if BufferTracker.isOn { stack.noteSentOn(stack.userdata(index)) }
            writer.write(stack.userdata(index))
        case .table: try packTable(index, depth: depth + 1)
        case .none, .function, .userdata, .thread:
            throw .message("Unsupport type \(stack.typeName(index)) to serialize")
        }
    }

    @inline(__always)
    private mutating func packNumber(_ index: Int32) {
        if stack.isInteger(index), let value = stack.integer(index) {
            writer.write(value)
        } else if let value = stack.number(index) {
            writer.write(value)
        }
    }

    @inline(__always)
    private mutating func packString(_ index: Int32) throws(LuaError) {
        guard let bytes = stack.bytes(index) else { return }
        if !writer.write(bytes) { throw .message("serialize can't pack a string of \(bytes.count) bytes") }
    }

    /// Writes a table whose items lie within `depth` tables.
    private mutating func packTable(_ table: Int32, depth: Int) throws(LuaError) {
        try stack.reserve(8)
        if pushPairs(of: table) {
            writer.beginTable(0)
            try packPairs(of: table, depth: depth)
        } else {
            let size = stack.rawLength(table)
            writer.beginTable(size)
            try packArray(table, size, depth: depth)
            try packFields(table, behind: size, depth: depth)
        }
        writer.writeNil()
    }

    private mutating func packArray(_ table: Int32, _ size: Int, depth: Int) throws(LuaError) {
        if size == 0 { return }
        let item = stack.count + 1
        for index in 1...size {
            stack.rawGet(table, index: index)
            try pack(item, depth: depth)
            stack.pop()
        }
    }

    private mutating func packFields(_ table: Int32, behind size: Int, depth: Int) throws(LuaError) {
        let key = stack.count + 1
        stack.pushNil()
        while try step(table) {
            if size == 0 || !isArrayKey(key, size) {
                try pack(key, depth: depth)
                try pack(key + 1, depth: depth)
            }
            stack.pop()
        }
    }

    @inline(__always)
    private func isArrayKey(_ key: Int32, _ size: Int) -> Bool {
        guard stack.isInteger(key), let index = stack.integer(key) else { return false }
        return index > 0 && index <= size
    }

    /// Goes on with a traversal. Once Lua code has run, the key may be gone from the table, for which Lua raises.
    @inline(__always)
    private func step(_ table: Int32) throws(LuaError) -> Bool {
        if !tablesMayHaveChanged { return stack.next(table) }
        return try stack.checkedNext(table)
    }

    /// Pushes the metamethod `__pairs`, if there is one.
    @inline(__always)
    private mutating func pushPairs(of table: Int32) -> Bool {
        stack.pushMetatable(of: table) && pushPairsField()
    }

    /// Pushes the field in place of the metatable on top. Making the field's name may start the collector, and with it
    /// finalizers, which are Lua code.
    private mutating func pushPairsField() -> Bool {
        tablesMayHaveChanged = true
        if stack.rawGet(-1, field: "__pairs") == .nil {
            stack.pop(2)
            return false
        }
        stack.remove(-2)
        return true
    }

    /// Writes what the metamethod on top yields for the table, as the generic `for` would see it.
    private mutating func packPairs(of table: Int32, depth: Int) throws(LuaError) {
        stack.copy(table)
        try call(arguments: 1, results: 3)
        while true {
            for _ in 0..<3 { stack.copy(-3) }
            try call(arguments: 2, results: 2)
            if stack.type(-2) == .nil { break }
            let key = stack.count - 1
            try pack(key, depth: depth)
            try pack(key + 1, depth: depth)
            stack.pop()
            stack.remove(-2)
        }
        stack.pop(5)
    }

    /// A script's error is passed on as the value it is.
    private func call(arguments: Int32, results: Int32) throws(LuaError) {
        if stack.call(arguments: arguments, results: results) != .ok { throw .value }
    }
}
