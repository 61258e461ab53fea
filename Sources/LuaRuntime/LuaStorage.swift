// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import CLuaShim

/// Tables in which a native module keeps Lua values of a state, out of reach of scripts.
///
/// They lie on the stack of a thread object that never runs, for scripts walk the registry (`sharetable.update`
/// exchanges every table it meets from there) and all that `debug` leads to from it; nothing leads to these.
public final class LuaStash: Sendable {
    /// Which references of a table do not keep what they refer to.
    public enum Weakness: Sendable { case none, keys, values }

    private let weaknesses: [Weakness]

    /// - Parameter tables: one for each table of the stash, numbered from 1.
    public init(tables: [Weakness]) { weaknesses = tables }

    private var tag: UnsafeMutableRawPointer { unsafe Unmanaged.passUnretained(self).toOpaque() }

    /// Pushes table `number`, which is made when it is asked for first. Stack: +1.
    public func pushTable(_ number: Int32, on stack: LuaStack) {
        let home = unsafe thread(of: stack) ?? make(on: stack)
        unsafe lua_pushvalue(home, number)
        unsafe lua_xmove(home, stack.state, 1)
    }

    /// Whether the value at `index` is the thread object the tables lie on.
    public func isHome(_ index: Int32, on stack: LuaStack) -> Bool {
        guard let home = unsafe thread(of: stack) else { return false }
        return unsafe lua_tothread(stack.state, index) == home
    }

    /// The thread object, unless there is none yet, or a script found it in the registry and resumed or closed it.
    private func thread(of stack: LuaStack) -> OpaquePointer? {
        unsafe lua_rawgetp(stack.state, CLua_registryindex(), tag)
        defer { stack.pop() }
        guard let home = unsafe lua_tothread(stack.state, -1), unsafe lua_status(home) == LUA_OK,
            unsafe lua_gettop(home) == Int32(weaknesses.count), unsafe lua_type(home, 1) == LUA_TTABLE
        else { return nil }
        return unsafe home
    }

    private func make(on stack: LuaStack) -> OpaquePointer {
        guard let home = unsafe lua_newthread(stack.state) else {
            preconditionFailure("lua_newthread answers a thread or does not return")
        }
        unsafe lua_rawsetp(stack.state, CLua_registryindex(), tag)
        let tables = unsafe LuaStack(home)
        for weakness in weaknesses { tables.pushTable(weakness) }
        return unsafe home
    }
}

extension LuaStack {
    /// Pushes what the registry has under the address of an object that lives as long as the process. Stack: +1.
    @inlinable @discardableResult public func pushRegistry(_ owner: AnyObject) -> LuaType {
        LuaType(code: unsafe lua_rawgetp(state, CLua_registryindex(), Unmanaged.passUnretained(owner).toOpaque()))
    }

    /// Gives the registry the value on top under the address of an object that lives as long as the process. Stack: -1.
    public func setRegistry(_ owner: AnyObject) {
        unsafe lua_rawsetp(state, CLua_registryindex(), Unmanaged.passUnretained(owner).toOpaque())
    }

    /// Pushes a new table whose references to keys or values do not keep them. Stack: +1.
    public func pushTable(_ weakness: LuaStash.Weakness) {
        pushTable()
        guard weakness != .none else { return }
        pushTable(fields: 1)
        push(weakness == .keys ? "k" : "v")
        rawSet(-2, field: "__mode")
        setMetatable(of: -2)
    }

    /// Makes the table on top, or no table for nil, the metatable of the value at `index`. Stack: -1.
    public func setMetatable(of index: Int32) { unsafe _ = lua_setmetatable(state, index) }

    /// Makes the value on top user value 1 of the full userdata at `index`. Stack: -1.
    public func setUserValue(of index: Int32) { unsafe _ = lua_setiuservalue(state, index, 1) }

    /// Pushes user value 1 of the full userdata at `index`. Stack: +1.
    public func pushUserValue(of index: Int32) { unsafe _ = lua_getiuservalue(state, index, 1) }

    /// The address that tells the table, function, thread or string at `index` from all others that are alive.
    public func identity(_ index: Int32) -> UInt { UInt(bitPattern: unsafe lua_topointer(state, index)) }

    /// Pushes the value at `index` of another stack of the same state. Stack: +1.
    public func push(_ index: Int32, of other: LuaStack) {
        unsafe lua_pushvalue(other.state, index)
        unsafe lua_xmove(other.state, state, 1)
    }

    /// Whether both are the stack of the same coroutine.
    public func isSame(as other: LuaStack) -> Bool { unsafe state == other.state }

    /// As `CLua_watchstring`: the address of the bytes of a string, whose end is told to `gone`.
    public func watchString(_ index: Int32, _ gone: @escaping @convention(c) (UnsafeRawPointer) -> Void) -> UInt {
        UInt(bitPattern: unsafe CLua_watchstring(state, index, gone))
    }
}

/// A C function without upvalues: an address, which is good in every state of the process.
@safe public struct LuaLightFunction: Sendable, Equatable {
    private let entry: lua_CFunction

    /// The function at `index`, or nil when it is none, or is a Lua function or a closure.
    public init?(_ index: Int32, on stack: LuaStack) {
        guard let entry = unsafe lua_tocfunction(stack.state, index), !stack.hasUpvalues(index) else { return nil }
        unsafe self.entry = entry
    }

    public static func == (one: Self, other: Self) -> Bool {
        unsafe unsafeBitCast(one.entry, to: UInt.self) == unsafeBitCast(other.entry, to: UInt.self)
    }

    /// Pushes the function. Stack: +1.
    public func push(on stack: LuaStack) { unsafe lua_pushcclosure(stack.state, entry, 0) }
}

extension LuaStack {
    /// Whether the function at `index` refers to anything outside itself, the globals included.
    public func hasUpvalues(_ index: Int32) -> Bool {
        guard unsafe lua_getupvalue(state, index, 1) != nil else { return false }
        pop()
        return true
    }
}
