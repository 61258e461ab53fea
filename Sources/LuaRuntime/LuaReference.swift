// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import CLuaShim

/// A Lua value kept from collection while Swift needs it.
///
/// Must be released on the thread that runs the state, before the state is closed.
@safe public struct LuaReference: ~Copyable {
    private let state: OpaquePointer
    private let key: Int32

    /// Takes the value on top of the stack. Stack: -1.
    public init(takingTopOf stack: LuaStack) {
        unsafe state = stack.state
        unsafe key = luaL_ref(stack.state, CLua_registryindex())
    }

    /// Pushes the value. Stack: +1.
    public func push(on stack: LuaStack) { stack.rawGet(CLua_registryindex(), index: Int(key)) }

    public consuming func release() { unsafe luaL_unref(state, CLua_registryindex(), key) }
}
