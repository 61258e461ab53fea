// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// The module `skynet.datasheet.core`: tables that fill themselves from a compiled datasheet.
///
/// A table begins empty, with a metatable; the first access fills it and takes the metatable away. An update empties
/// all tables that came from the old document, and gives them the metatable of the new one.
public enum DatasheetCore {
    public static let module = LuaModule(
        "skynet.datasheet.core",
        [
            LuaFunction("stringpointer") { LuaFunction.enter($0, stringPointer) },
            LuaFunction("new") { LuaFunction.enter($0, new) },
            LuaFunction("update") { LuaFunction.enter($0, update) },
        ]
    )

    /// `stringpointer(text)`: the address of its bytes. The caller keeps the string.
    private static func stringPointer(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let address = try DatasheetStrings.note(1, on: stack)
        stack.push(lightUserdata: UnsafeMutableRawPointer(bitPattern: address))
        return 1
    }

    private static func new(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let tables = DatasheetTables(stack)
        try tables.pushEdition(1)
        try tables.pushTable(0, of: stack.count)
        return 1
    }

    private static func update(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let tables = DatasheetTables(stack)
        guard tables.pushOwner(of: 1) else { throw invalid(stack) }
        try tables.pushEdition(2)
        tables.moveAll(from: stack.count - 1, to: stack.count)
        stack.copy(1)
        return 1
    }

    // MARK: What the metatable does

    static let metamethods = [
        LuaFunction("__index") { LuaFunction.enter($0, indexAndFill) },
        LuaFunction("__len") { LuaFunction.enter($0, lengthAndFill) },
        LuaFunction("__pairs") { LuaFunction.enter($0, pairsAndFill) },
    ]

    private static func indexAndFill(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try fill(stack)
        stack.copy(2)
        stack.rawGet(1)
        return 1
    }

    private static func lengthAndFill(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try fill(stack)
        stack.push(stack.rawLength(1))
        return 1
    }

    private static func pairsAndFill(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try fill(stack)
        stack.push(next)
        stack.copy(1)
        stack.pushNil()
        return 3
    }

    /// The `next` of Lua, which scripts may have replaced.
    private static let next: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            try stack.requireTable(1)
            stack.count = 2
            if try stack.checkedNext(1) { return 2 }
            stack.pushNil()
            return 1
        }
    }

    private static func fill(_ stack: LuaStack) throws(LuaError) {
        let count = max(stack.count, 2)
        stack.count = count
        let tables = DatasheetTables(stack)
        guard tables.pushOwner(of: 1) else { throw invalid(stack) }
        try tables.fill(1, from: stack.count)
        stack.count = count
    }

    private static func invalid(_ stack: LuaStack) -> LuaError {
        let identity = stack.identity(1)
        return .message("Invalid proxy table 0x\(String(identity, radix: 16))")
    }
}
