// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import CLuaShim

/// The type of a Lua value, as `lua_type` numbers them.
public enum LuaType: Int32, Sendable {
    case none = -1
    case `nil`, boolean, lightUserdata, number, string, table, function, userdata, thread

    // The synthesised `init(rawValue:)` is a call where this is an addition, and it is asked for every value there is.
    @inlinable @inline(__always)
    init(code: Int32) {
        switch code {
        case LUA_TNIL: self = .nil
        case LUA_TBOOLEAN: self = .boolean
        case LUA_TLIGHTUSERDATA: self = .lightUserdata
        case LUA_TNUMBER: self = .number
        case LUA_TSTRING: self = .string
        case LUA_TTABLE: self = .table
        case LUA_TFUNCTION: self = .function
        case LUA_TUSERDATA: self = .userdata
        case LUA_TTHREAD: self = .thread
        default: self = .none
        }
    }
}

/// What Swift may do with a Lua stack: reads and pushes that never raise.
///
/// A view, not an owner: it must not outlive the call or the state it belongs to. Indices are Lua's own: 1 is the
/// first argument, -1 the top.
@safe public struct LuaStack {
    public let state: OpaquePointer

    @inlinable public init(_ state: OpaquePointer) { unsafe self.state = state }

    /// The object the state was made for.
    ///
    /// The owner outlives its state, so it is borrowed without counting references.
    @inlinable public func owner<Owner: AnyObject>(as type: Owner.Type = Owner.self) -> Owner? {
        guard let owner = unsafe CLua_context(state).pointee.owner else { return nil }
        return unsafe Unmanaged<AnyObject>.fromOpaque(owner)._withUnsafeGuaranteedRef {
            unsafe unsafeDowncast($0, to: Owner.self)
        }
    }

    // MARK: Shape

    /// The number of values, which is the index of the top.
    @inlinable public var count: Int32 {
        get { unsafe lua_gettop(state) }
        nonmutating set { unsafe lua_settop(state, newValue) }
    }

    @inlinable public func pop(_ count: Int32 = 1) { unsafe CLua_pop(state, count) }

    @inlinable public func absolute(_ index: Int32) -> Int32 { unsafe lua_absindex(state, index) }

    /// Makes room for `slots` more values. A native function has 20 without asking.
    @inlinable public func reserve(_ slots: Int32) throws(LuaError) {
        if unsafe lua_checkstack(state, slots) == 0 { throw LuaError.message("stack overflow") }
    }

    @inlinable public func copy(_ index: Int32) { unsafe lua_pushvalue(state, index) }

    @inlinable public func remove(_ index: Int32) {
        unsafe lua_rotate(state, index, -1)
        pop()
    }

    @inlinable public func insert(at index: Int32) { unsafe lua_rotate(state, index, 1) }

    // MARK: Reading

    @inlinable public func type(_ index: Int32) -> LuaType {
        LuaType(code: unsafe lua_type(state, index))
    }

    @inlinable public func isNoneOrNil(_ index: Int32) -> Bool { unsafe lua_type(state, index) <= LUA_TNIL }

    /// The name of the value's type as error messages put it: `no value` for an index beyond the top.
    public func typeName(_ index: Int32) -> String {
        unsafe String(cString: lua_typename(state, lua_type(state, index)))
    }

    /// False for `nil`, `false` and nothing.
    @inlinable public func boolean(_ index: Int32) -> Bool { unsafe lua_toboolean(state, index) != 0 }

    /// An integer, or a float or string with an integer value.
    @inlinable public func integer(_ index: Int32) -> Int? {
        var isInteger: Int32 = 0
        let value = unsafe lua_tointegerx(state, index, &isInteger)
        return isInteger != 0 ? Int(value) : nil
    }

    @inlinable public func number(_ index: Int32) -> Double? {
        var isNumber: Int32 = 0
        let value = unsafe lua_tonumberx(state, index, &isNumber)
        return isNumber != 0 ? value : nil
    }

    @inlinable public func isInteger(_ index: Int32) -> Bool { unsafe lua_isinteger(state, index) != 0 }

    /// The bytes of a string or number, borrowed until the value leaves the stack. A number becomes a string in place.
    @inlinable public func bytes(_ index: Int32) -> UnsafeRawBufferPointer? {
        var length = 0
        guard let start = unsafe lua_tolstring(state, index, &length) else { return nil }
        return unsafe UnsafeRawBufferPointer(start: start, count: length)
    }

    /// A string or number as text; bytes that are not UTF-8 are replaced.
    public func string(_ index: Int32) -> String? {
        guard let bytes = unsafe bytes(index) else { return nil }
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    /// The address of a light or full userdata.
    @inlinable public func userdata(_ index: Int32) -> UnsafeMutableRawPointer? {
        unsafe lua_touserdata(state, index)
    }

    /// The length of a string, table (its border) or full userdata, without metamethods.
    @inlinable public func rawLength(_ index: Int32) -> Int { Int(unsafe lua_rawlen(state, index)) }

    // MARK: Pushing

    @inlinable public func pushNil() { unsafe lua_pushnil(state) }

    @inlinable public func push(_ value: Bool) { unsafe lua_pushboolean(state, value ? 1 : 0) }

    @inlinable public func push(_ value: Int) { unsafe lua_pushinteger(state, Int64(value)) }

    @inlinable public func push(_ value: Int32) { unsafe lua_pushinteger(state, Int64(value)) }

    @inlinable public func push(_ value: UInt32) { unsafe lua_pushinteger(state, Int64(value)) }

    @inlinable public func push(_ value: Double) { unsafe lua_pushnumber(state, value) }

    public func push(_ value: String) {
        var value = value
        value.withUTF8 { bytes in unsafe push(UnsafeRawBufferPointer(bytes)) }
    }

    @inlinable public func push(_ value: StaticString) {
        unsafe _ = lua_pushlstring(
            state,
            UnsafeRawPointer(value.utf8Start).assumingMemoryBound(to: CChar.self),
            value.utf8CodeUnitCount
        )
    }

    @inlinable public func push(_ bytes: UnsafeRawBufferPointer) {
        unsafe _ = lua_pushlstring(state, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
    }

    @inlinable public func push(lightUserdata pointer: UnsafeMutableRawPointer?) {
        unsafe lua_pushlightuserdata(state, pointer)
    }

    /// Pushes a native function.
    @inlinable public func push(_ function: @escaping LuaFunction.Entry) {
        unsafe CLua_pushfunction(state, function)
    }

    // MARK: Tables, without metamethods

    @inlinable public func pushTable(array: Int32 = 0, fields: Int32 = 0) {
        unsafe lua_createtable(state, array, fields)
    }

    /// `table[key] = value`, for the key and value on top. Stack: -2. The key must be neither nil nor NaN.
    @inlinable public func rawSet(_ table: Int32) { unsafe lua_rawset(state, table) }

    /// `table[index] = value`, for the value on top. Stack: -1.
    @inlinable public func rawSet(_ table: Int32, index: Int) { unsafe lua_rawseti(state, table, Int64(index)) }

    /// Pushes `table[key]` in place of the key on top.
    @inlinable @discardableResult public func rawGet(_ table: Int32) -> LuaType {
        LuaType(code: unsafe lua_rawget(state, table))
    }

    /// Pushes `table[index]`.
    @inlinable @discardableResult public func rawGet(_ table: Int32, index: Int) -> LuaType {
        LuaType(code: unsafe lua_rawgeti(state, table, Int64(index)))
    }

    /// Pushes `table[index]`, honouring `__index`.
    ///
    /// - Throws: the error value itself.
    public func checkedGet(_ table: Int32, index: Int) throws(LuaError) -> LuaType {
        if unsafe CLua_checkedgeti(state, table, Int64(index)) == LUA_OK { return type(-1) }
        throw .value
    }

    /// Pushes the field of the table at `table`.
    @discardableResult public func rawGet(_ table: Int32, field: StaticString) -> LuaType {
        let table = absolute(table)
        push(field)
        return rawGet(table)
    }

    /// `table[field] = value`, for the value on top. Stack: -1.
    public func rawSet(_ table: Int32, field: StaticString) {
        let table = absolute(table)
        push(field)
        insert(at: -2)
        rawSet(table)
    }

    /// Steps a traversal: takes the key on top and pushes the next key and value, or answers false and pushes nothing.
    /// Nothing may be assigned to the table meanwhile.
    @inlinable public func next(_ table: Int32) -> Bool { unsafe CLua_rawnext(state, table) != 0 }

    /// As ``next(_:)``, for a table that Lua code may have changed meanwhile. Slower.
    ///
    /// - Throws: the error value itself, for a key the table no longer knows.
    public func checkedNext(_ table: Int32) throws(LuaError) -> Bool {
        var found = false
        if unsafe CLua_checkednext(state, table, &found) == LUA_OK { return found }
        throw .value
    }

    /// Pushes the metatable, or answers false and pushes nothing.
    @inlinable public func pushMetatable(of index: Int32) -> Bool { unsafe lua_getmetatable(state, index) != 0 }

    public func pushGlobals() { unsafe CLua_pushglobals(state) }

    /// Pushes a global. Stack: +1.
    @discardableResult public func pushGlobal(_ name: String) -> LuaType {
        pushGlobals()
        push(name)
        let type = rawGet(-2)
        remove(-2)
        return type
    }

    /// Assigns the value on top to a global. Stack: -1.
    public func setGlobal(_ name: String) {
        pushGlobals()
        insert(at: -2)
        push(name)
        insert(at: -2)
        rawSet(-3)
        pop()
    }

    /// Assigns the value on top to a field of the registry. Stack: -1.
    public func setRegistry(_ name: StaticString) { rawSet(CLua_registryindex(), field: name) }

    /// Pushes a field of the registry. Stack: +1.
    @discardableResult public func pushRegistry(_ name: StaticString) -> LuaType {
        rawGet(CLua_registryindex(), field: name)
    }

    /// Makes the value on top the upvalue `number` of the function at `index`. Stack: -1.
    public func setUpvalue(of index: Int32, number: Int32) {
        if unsafe lua_setupvalue(state, index, number) == nil { pop() }
    }

    // MARK: Looking around

    /// The stack of the coroutine at `index`, or nil for any other value.
    public func coroutine(_ index: Int32) -> LuaStack? {
        guard let thread = unsafe lua_tothread(state, index) else { return nil }
        return unsafe LuaStack(thread)
    }

    /// Where the function at `level` is: its chunk name as it was given, and its line (-1 for native code).
    public func frame(_ level: Int32) -> (source: String, line: Int32)? {
        var record = unsafe lua_Debug()
        guard level >= 0, unsafe lua_getstack(state, level, &record) != 0 else { return nil }
        unsafe lua_getinfo(state, "Sl", &record)
        return unsafe (String(cString: record.source), record.currentline)
    }
}
