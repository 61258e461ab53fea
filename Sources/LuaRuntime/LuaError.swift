// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import CLuaShim

/// A Lua status code.
public struct LuaStatus: Equatable, Sendable {
    public let code: Int32

    @inlinable public init(_ code: Int32) { self.code = code }

    public static let ok = LuaStatus(LUA_OK)
    public static let yield = LuaStatus(LUA_YIELD)
    public static let memory = LuaStatus(LUA_ERRMEM)
    public static let errorInHandler = LuaStatus(LUA_ERRERR)
}

/// An error on its way to Lua or from it.
public struct LuaError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// Raised behind the position of the Lua code that called, as `luaL_error` does.
        case message
        /// Raised as `bad argument #n to 'f' (text)`.
        case argument(Int32)
        /// The error value lies on top of the stack and is raised as it is.
        case value
    }

    public let kind: Kind
    public let text: String

    public init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    /// The error value is already on top of the stack.
    public static let value = LuaError(.value, "")

    public static func message(_ text: String) -> LuaError { LuaError(.message, text) }

    public static func argument(_ index: Int32, _ text: String) -> LuaError { LuaError(.argument(index), text) }

    public var description: String { text }

    /// Leaves the error where the trampoline finds it, and answers the trampoline's code.
    @usableFromInline
    func raise(in stack: LuaStack) -> Int32 {
        switch kind {
        case .message:
            stack.push(text)
            return Int32(CLUA_RAISE_MESSAGE)
        case .argument(let index):
            unsafe CLua_context(stack.state).pointee.argument = index
            stack.push(text)
            return Int32(CLUA_RAISE_ARGUMENT)
        case .value:
            return Int32(CLUA_RAISE_VALUE)
        }
    }
}
