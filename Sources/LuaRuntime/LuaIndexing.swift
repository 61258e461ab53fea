// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Access to tables and to what behaves like them: metamethods are honoured, and protected like any call. What they
/// raise is left on top and thrown as ``LuaError/value``, so that a caller who throws it on must push nothing.
extension LuaStack {
    /// Whether a value can be asked for fields: a table, or something with a metatable that says how.
    public func isIndexable(_ index: Int32) -> Bool {
        if type(index) == .table { return true }
        guard type(index) == .userdata, pushMetamethod("__index", of: index) else { return false }
        pop()
        return true
    }

    /// Pushes a metamethod, or answers false and pushes nothing.
    public func pushMetamethod(_ name: StaticString, of index: Int32) -> Bool {
        guard pushMetatable(of: index) else { return false }
        rawGet(-1, field: name)
        remove(-2)
        if type(-1) != .nil { return true }
        pop()
        return false
    }

    /// Pushes `table[key]` in place of the key on top, as a script would see it.
    public func get(_ table: Int32) throws(LuaError) {
        let table = absolute(table)
        if type(table) == .table, !hasMetatable(table) {
            rawGet(table)
            return
        }
        copy(table)
        insert(at: -2)
        // The object asked and the key, until a table has it or a function answers.
        for _ in 0..<100 {
            if type(-2) == .table {
                copy(-1)
                if rawGet(-3) != .nil || !hasIndexMetamethod(-3) { return replaceTwo() }
                pop()
            }
            guard pushMetamethod("__index", of: -2) else {
                throw .message("attempt to index a \(typeName(-2)) value")
            }
            if type(-1) == .function { return try callIndex() }
            remove(-3)
            insert(at: -2)
        }
        throw .message("'__index' chain too long; possibly a loop")
    }

    private func hasMetatable(_ index: Int32) -> Bool {
        guard pushMetatable(of: index) else { return false }
        pop()
        return true
    }

    private func hasIndexMetamethod(_ index: Int32) -> Bool {
        guard pushMetamethod("__index", of: index) else { return false }
        pop()
        return true
    }

    /// Leaves the value on top in place of itself and the two below.
    private func replaceTwo() {
        insert(at: -3)
        pop(2)
    }

    /// Calls the function on top with the object and the key below it, in their place.
    private func callIndex() throws(LuaError) {
        insert(at: -3)
        if call(arguments: 2, results: 1) != .ok { throw .value }
    }
}

/// A traversal of a table, by its `__pairs` where it has one.
public struct LuaTraversal {
    private let stack: LuaStack
    /// Of the table, or of the first of the three values that `__pairs` answered.
    private let base: Int32
    private let isRaw: Bool

    /// Begins: the traversal's own values stay on the stack until ``finish()``.
    public init(of index: Int32, on stack: LuaStack) throws(LuaError) {
        self.stack = stack
        let index = stack.absolute(index)
        try stack.reserve(10)
        isRaw = !stack.pushMetamethod("__pairs", of: index)
        if isRaw {
            guard stack.type(index) == .table else { throw stack.typeError(index, expected: "table") }
            base = index
            stack.pushNil()
        } else {
            base = stack.count
            stack.copy(index)
            if stack.call(arguments: 1, results: 3) != .ok { throw .value }
        }
    }

    /// Takes the key on top and pushes the next key and value, or answers false. The caller pops the value.
    public mutating func next() throws(LuaError) -> Bool {
        if isRaw { return stack.next(base) }
        stack.copy(base)
        stack.insert(at: -2)
        stack.copy(base + 1)
        stack.insert(at: -2)
        if stack.call(arguments: 2, results: 2) != .ok { throw .value }
        if stack.type(-2) != .nil { return true }
        stack.pop(2)
        return false
    }

    /// Ends a traversal that came to its end.
    public func finish() { if !isRaw { stack.count = base - 1 } }
}
