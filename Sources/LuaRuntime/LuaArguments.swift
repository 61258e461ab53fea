// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What a native function does with its arguments: read them, or throw the error Lua's own functions raise.
extension LuaStack {
    @inlinable public func requireInteger(_ index: Int32) throws(LuaError) -> Int {
        if let value = integer(index) { return value }
        throw integerError(index)
    }

    @inlinable public func requireInteger(_ index: Int32, default value: Int) throws(LuaError) -> Int {
        isNoneOrNil(index) ? value : try requireInteger(index)
    }

    @inlinable public func requireNumber(_ index: Int32) throws(LuaError) -> Double {
        if let value = number(index) { return value }
        throw typeError(index, expected: "number")
    }

    /// The bytes of a string or number, borrowed until the value leaves the stack.
    @inlinable public func requireBytes(_ index: Int32) throws(LuaError) -> UnsafeRawBufferPointer {
        if let value = unsafe bytes(index) { return unsafe value }
        throw typeError(index, expected: "string")
    }

    public func requireString(_ index: Int32) throws(LuaError) -> String {
        if let value = string(index) { return value }
        throw typeError(index, expected: "string")
    }

    public func requireString(_ index: Int32, default value: String) throws(LuaError) -> String {
        isNoneOrNil(index) ? value : try requireString(index)
    }

    public func requireTable(_ index: Int32) throws(LuaError) {
        if type(index) != .table { throw typeError(index, expected: "table") }
    }

    public func requireFunction(_ index: Int32) throws(LuaError) {
        if type(index) != .function { throw typeError(index, expected: "function") }
    }

    @usableFromInline
    func integerError(_ index: Int32) -> LuaError {
        type(index) == .number
            ? .argument(index, "number has no integer representation") : typeError(index, expected: "number")
    }

    /// `<expected> expected, got <type>`, where a light userdata is told from a full one.
    public func typeError(_ index: Int32, expected: String) -> LuaError {
        let found = type(index) == .lightUserdata ? "light userdata" : typeName(index)
        return .argument(index, "\(expected) expected, got \(found)")
    }
}
