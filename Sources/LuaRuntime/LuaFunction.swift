// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// A native function as a module lists it.
///
/// The entry is a C function pointer without captured state, so that a call from Lua goes through the trampoline and
/// straight into it; what it works on it finds through ``LuaStack/owner(as:)`` or its arguments.
@safe public struct LuaFunction: Sendable {
    public typealias Entry = @convention(c) (OpaquePointer) -> Int32
    public typealias Body = (LuaStack) throws(LuaError) -> Int32

    public let name: StaticString
    public let entry: Entry

    public init(_ name: StaticString, _ entry: @escaping Entry) {
        self.name = name
        unsafe self.entry = entry
    }

    /// Runs a body that may throw: the error is left for the trampoline to raise once no Swift frame is above it.
    @inlinable @inline(__always)
    public static func enter(_ state: OpaquePointer, _ body: Body) -> Int32 {
        let stack = unsafe LuaStack(state)
        do { return try body(stack) } catch { return error.raise(in: stack) }
    }
}
