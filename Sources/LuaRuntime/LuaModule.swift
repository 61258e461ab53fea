// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// A table of native functions that scripts get with `require`.
public struct LuaModule: Sendable {
    public let name: String
    public let functions: [LuaFunction]
    /// Adds what is not a function to the table on top.
    public let complete: (@Sendable (LuaStack) -> Void)?

    public init(_ name: String, _ functions: [LuaFunction], complete: (@Sendable (LuaStack) -> Void)? = nil) {
        self.name = name
        self.functions = functions
        self.complete = complete
    }

    /// Pushes a new table of the functions.
    public func push(on stack: LuaStack) {
        stack.pushTable(fields: Int32(functions.count))
        for function in functions {
            stack.push(function.name)
            unsafe stack.push(function.entry)
            stack.rawSet(-3)
        }
        complete?(stack)
    }
}
