// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// The module `skynet.stm`: one service writes a value, others see its latest state without copying it.
public enum Stm {
    public static let module = LuaModule(
        "skynet.stm",
        [
            LuaFunction("new") { LuaFunction.enter($0, new) },
            LuaFunction("copy") { LuaFunction.enter($0, copy) },
            LuaFunction("newcopy") { LuaFunction.enter($0, newCopy) },
        ]
    )

    /// The writing end; the value ends with it.
    private final class Writer {
        let cell: SharedCell

        init(_ cell: SharedCell) { self.cell = cell }

        deinit { cell.replace(with: nil) }
    }

    /// A reading end, which remembers what it has seen.
    private final class Reader {
        let cell: SharedCell
        var seen: SharedBody?

        init(_ cell: SharedCell) { self.cell = cell }
    }

    private static let writers = LuaObjectKind<Writer>(
        "stm writer",
        metamethods: [LuaFunction("__call") { LuaFunction.enter($0, write) }]
    )
    private static let readers = LuaObjectKind<Reader>(
        "stm reader",
        metamethods: [LuaFunction("__call") { LuaFunction.enter($0, read) }]
    )
    private static let copies = ObjectTable<SharedCell>()

    private static func new(_ stack: LuaStack) throws(LuaError) -> Int32 {
        writers.push(Writer(SharedCell(SharedBody(try stack.takeContent(1)))), on: stack)
        return 1
    }

    /// `writer(address, size)` or `writer(string)`.
    private static func write(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let writer = try writers.require(1, on: stack)
        writer.cell.replace(with: SharedBody(try stack.takeContent(2)))
        return 0
    }

    /// A light userdata to be sent to one service.
    private static func copy(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let number = copies.insert(try writers.require(1, on: stack).cell)
        stack.push(lightUserdata: UnsafeMutableRawPointer(bitPattern: number))
        return 1
    }

    private static func newCopy(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard stack.type(1) == .lightUserdata else { throw stack.typeError(1, expected: "light userdata") }
        guard let cell = copies.remove(UInt(bitPattern: stack.userdata(1))) else {
            throw .argument(1, "not a copy of a writer, or one that was used")
        }
        readers.push(Reader(cell), on: stack)
        return 1
    }

    /// `reader(f, ud)`: false when there is nothing new, else true and the results of `f(address, size, ud)`.
    private static func read(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let reader = try readers.require(1, on: stack)
        try stack.requireFunction(2)
        guard let latest = reader.cell.value, latest !== reader.seen else {
            stack.push(false)
            return 1
        }
        reader.seen = latest
        stack.count = 3
        stack.push(true)
        stack.copy(2)
        latest.push(on: stack)
        stack.copy(3)
        // The body must outlive the call, whatever the writer does meanwhile.
        let status = withExtendedLifetime(latest) { stack.call(arguments: 3, results: -1) }
        if status != .ok { throw .value }
        return stack.count - 3
    }
}
