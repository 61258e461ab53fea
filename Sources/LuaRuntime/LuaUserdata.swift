// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import CLuaShim

/// A kind of full userdata that carries a Swift object.
///
/// The userdata is two words: the kind, by whose address it is recognised at no cost, and a counted reference to the
/// object, released by the finalizer. Scripts do not get at the metatable with `getmetatable`, which answers false.
public final class LuaObjectKind<Object: AnyObject>: Sendable {
    /// What error messages call it.
    public let name: StaticString
    private let methods: [LuaFunction]
    private let metamethods: [LuaFunction]
    private let userValues: Int32

    /// - Parameters:
    ///   - metamethods: besides `__gc`, `__index`, `__name` and `__metatable`, which every kind has.
    ///   - userValues: how many Lua values go with each userdata.
    public init(
        _ name: StaticString,
        methods: [LuaFunction] = [],
        metamethods: [LuaFunction] = [],
        userValues: Int32 = 0
    ) {
        self.name = name
        self.methods = methods
        self.metamethods = metamethods
        self.userValues = userValues
    }

    @usableFromInline var tag: UnsafeMutableRawPointer {
        unsafe Unmanaged.passUnretained(self).toOpaque()
    }

    /// Pushes a userdata that owns `object`. Stack: +1.
    public func push(_ object: Object, on stack: LuaStack) {
        let words = unsafe CLua_newobject(stack.state, luaObjectSize, userValues)
        unsafe words[0] = tag
        unsafe words[1] = Unmanaged.passRetained(object).toOpaque()
        pushMetatable(on: stack)
        unsafe _ = lua_setmetatable(stack.state, -2)
    }

    /// The object of the userdata at `index`, or nil for any other value.
    @inlinable public func object(_ index: Int32, on stack: LuaStack) -> Object? {
        unsafe reference(index, on: stack)?.object.takeUnretainedValue()
    }

    /// As ``object(_:on:)``, without counting a reference: the userdata holds the object while it is on the stack.
    @inlinable @inline(__always)
    public func reference(_ index: Int32, on stack: LuaStack) -> LuaObjectReference<Object>? {
        // A light userdata has no length, a string no address.
        guard stack.rawLength(index) == luaObjectSize,
            let words = unsafe stack.userdata(index)?.assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
            unsafe words[0] == tag, let object = unsafe words[1]
        else { return nil }
        return unsafe LuaObjectReference(Unmanaged.fromOpaque(object))
    }

    /// The object of argument `index`.
    @inlinable public func require(_ index: Int32, on stack: LuaStack) throws(LuaError) -> Object {
        if let object = object(index, on: stack) { return object }
        throw stack.typeError(index, expected: "\(name)")
    }

    private func pushMetatable(on stack: LuaStack) {
        if unsafe lua_rawgetp(stack.state, CLua_registryindex(), tag) == LUA_TTABLE { return }
        stack.pop()
        stack.pushTable(fields: Int32(4 + metamethods.count))
        stack.push(name)
        stack.rawSet(-2, field: "__name")
        stack.push(false)
        stack.rawSet(-2, field: "__metatable")
        unsafe stack.push { state in
            unsafe LuaStack(state).releaseObject(1)
            return 0
        }
        stack.rawSet(-2, field: "__gc")
        for metamethod in metamethods {
            unsafe stack.push(metamethod.entry)
            stack.rawSet(-2, field: metamethod.name)
        }
        LuaModule("\(name)", methods).push(on: stack)
        stack.rawSet(-2, field: "__index")
        stack.copy(-1)
        unsafe lua_rawsetp(stack.state, CLua_registryindex(), tag)
    }
}

extension LuaStack {
    /// Releases the object of the userdata at `index`, of whatever kind; does nothing with any other value.
    ///
    /// Scripts reach finalizers through `debug.getmetatable` and call them with what they like. The first word of a
    /// userdata of ours is where the registry has its metatable, which is the only use made of it.
    fileprivate func releaseObject(_ index: Int32) {
        guard rawLength(index) == luaObjectSize, pushMetatable(of: index) else { return }
        defer { pop() }
        guard let words = unsafe userdata(index)?.assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
            let tag = unsafe words[0], let object = unsafe words[1]
        else { return }
        unsafe _ = lua_rawgetp(state, CLua_registryindex(), tag)
        let isOurs = unsafe lua_rawequal(state, -1, -2) != 0
        pop()
        if !isOurs { return }
        unsafe words[1] = nil
        unsafe Unmanaged<AnyObject>.fromOpaque(object).release()
    }
}

/// An object borrowed from its userdata, which must stay on the stack meanwhile.
@safe @frozen public struct LuaObjectReference<Object: AnyObject> {
    @usableFromInline let object: Unmanaged<Object>

    @inlinable @inline(__always)
    init(_ object: Unmanaged<Object>) { unsafe self.object = object }

    @inlinable @inline(__always)
    public func use<Result>(_ body: (Object) -> Result) -> Result { unsafe object._withUnsafeGuaranteedRef(body) }
}

@usableFromInline let luaObjectSize = unsafe 2 * MemoryLayout<UnsafeMutableRawPointer?>.size

/// Full userdata that are plain bytes.
extension LuaStack {
    /// Pushes a userdata of these bytes. They must not be collected meanwhile: they are on the stack, or not Lua's at
    /// all. Stack: +1.
    public func pushUserdata(copying bytes: UnsafeRawBufferPointer) {
        let block = unsafe UnsafeMutableRawPointer(CLua_newobject(state, bytes.count, 0))
        if let start = bytes.baseAddress { unsafe block.copyMemory(from: start, byteCount: bytes.count) }
    }

    /// Whether two values are the same, without metamethods.
    public func isSame(_ left: Int32, _ right: Int32) -> Bool { unsafe lua_rawequal(state, left, right) != 0 }
}
