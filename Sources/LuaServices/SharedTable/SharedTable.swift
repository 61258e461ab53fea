// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// The module `skynet.sharetable.core`: tables that one script makes and all services have.
///
/// Stock Lua cannot have one table in two states. So a table is kept outside any state, and each service that asks has
/// a copy of it in ordinary tables, the same ones however often it asks.
public enum SharedTable {
    public static let module = LuaModule(
        "skynet.sharetable.core",
        [
            LuaFunction("matrix") { LuaFunction.enter($0, matrix) },
            LuaFunction("clone") { LuaFunction.enter($0, clone) },
            LuaFunction("is_sharedtable") { LuaFunction.enter($0, isSharedTable) },
            LuaFunction("stackvalues") { LuaFunction.enter($0, stackValues) },
        ]
    )

    // MARK: Matrices

    private static let matrices = LuaObjectKind<SharedMatrix>(
        "BOXMATRIXSTATE",
        methods: [
            LuaFunction("getptr") { LuaFunction.enter($0, pointer) },
            LuaFunction("size") { LuaFunction.enter($0, size) },
            LuaFunction("close") { LuaFunction.enter($0, close) },
        ]
    )

    /// `matrix(source, ...)`: runs the source, or the file `@name`, with the arguments, and shares what it returns.
    private static func matrix(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let source = [UInt8](try stack.requireBytes(1))
        var arguments: [MatrixScript.Argument] = []
        for index in 2..<max(2, stack.count + 1) { arguments.append(try argument(index, on: stack)) }
        do throws(MatrixFailure) {
            matrices.push(try MatrixScript.run(source, arguments), on: stack)
            return 1
        } catch {
            // Raised as they are: the place of the caller says nothing about what is wrong with the script.
            if let text = error.text { stack.push(text) } else { stack.pushNil() }
            throw .value
        }
    }

    private static func argument(_ index: Int32, on stack: LuaStack) throws(LuaError) -> MatrixScript.Argument {
        switch stack.type(index) {
        case .boolean: return .boolean(stack.boolean(index))
        case .number:
            if stack.isInteger(index) { return .integer(try stack.requireInteger(index)) }
            return .number(try stack.requireNumber(index))
        case .lightUserdata: return .light(stack.userdata(index))
        case .function:
            if let function = LuaLightFunction(index, on: stack) { return .native(function) }
            throw .argument(index, "(Only support light C function)")
        default: throw .argument(index, "(Type invalid)")
        }
    }

    private static func pointer(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard let handle = try matrices.require(1, on: stack).handle else { return 0 }
        stack.push(handle: handle)
        return 1
    }

    private static func size(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push(try matrices.require(1, on: stack).openSize)
        return 1
    }

    private static func close(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try matrices.require(1, on: stack).close()
        return 0
    }

    // MARK: Copies

    private static let stash = LuaStash(tables: [.values, .keys])
    /// The first table of the stash: handle to copy.
    private static let copies: Int32 = 1
    /// The second: each table of a copy to its root, which is thus there as long as one of its tables.
    private static let roots: Int32 = 2

    /// `clone(pointer)`: this service's copy.
    private static func clone(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard stack.type(1) == .lightUserdata else { throw stack.typeError(1, expected: "light userdata") }
        stack.count = 1
        stash.pushTable(copies, on: stack)
        stack.copy(1)
        if stack.rawGet(-2) != .nil { return 1 }
        stack.pop()
        guard let handle = stack.handle(1, .matrix), let matrix = SharedMatrix.look(handle) else {
            throw .argument(1, "a shared table expected; this one was closed, or is none")
        }
        stash.pushTable(roots, on: stack)
        try matrix.image.materialise(on: stack, marking: stack.count)
        stack.copy(1)
        stack.copy(-2)
        stack.rawSet(2)
        return 1
    }

    private static func isSharedTable(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard stack.type(1) == .table else {
            stack.push(false)
            return 1
        }
        stash.pushTable(roots, on: stack)
        stack.copy(1)
        stack.push(stack.rawGet(-2) != .nil)
        return 1
    }

    /// `stackvalues(coroutine, table)`: copies what lies on the coroutine's own stack top into the table.
    private static func stackValues(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard let other = stack.coroutine(1) else { throw stack.typeError(1, expected: "thread") }
        try stack.requireTable(2)
        guard !other.isSame(as: stack), !stash.isHome(1, on: stack) else {
            stack.push(0)
            return 1
        }
        let count = other.count
        try other.reserve(1)
        for index in 0..<count {
            stack.push(index + 1, of: other)
            stack.rawSet(2, index: Int(index) + 1)
        }
        stack.push(count)
        return 1
    }
}
