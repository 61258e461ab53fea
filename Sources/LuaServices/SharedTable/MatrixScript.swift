// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// Runs the script that makes a shared table, in a Lua state of its own that is closed when the table is captured.
enum MatrixScript {
    private static let policy = SharingPolicy(
        refuseKey: { stack, index in
            // In skynet the type named is that of the value.
            stack.type(index) == .table ? "Not a table, it's a \(stack.typeName(index + 1))." : refusal(stack, index)
        },
        refuseValue: refusal,
        allowsMetatables: false
    )

    /// An argument of the script: what means the same in every state.
    enum Argument {
        case boolean(Bool)
        case integer(Int)
        case number(Double)
        case light(UnsafeMutableRawPointer?)
        case native(LuaLightFunction)
    }

    /// - Parameter source: Lua text, or `@` and the name of a file.
    /// - Throws: the text of what is wrong with the file, its code or what it returns; nil for an error without a text.
    static func run(_ source: [UInt8], _ arguments: [Argument]) throws(MatrixFailure) -> SharedMatrix {
        do throws(LuaError) {
            let lua = try LuaState()
            try lua.openLibraries()
            try load(source, in: lua)
            return try result(of: arguments, in: lua)
        } catch {
            throw error.kind == .value ? MatrixFailure(text: nil) : MatrixFailure(text: error.text)
        }
    }

    private static func load(_ source: [UInt8], in lua: LuaState) throws(LuaError) {
        var (text, name) = (source[...], String(decoding: source, as: UTF8.self))
        if source.first == UInt8(ascii: "@") {
            switch CodeCache.read(String(name.dropFirst())) {
            case .success(let bytes): text = CodeCache.compilable(bytes)
            case .failure(let failure): throw .message(failure.text)
            }
        }
        // Lua names a chunk after its text up to the first NUL.
        if let end = name.firstIndex(of: "\0") { name = String(name[..<end]) }
        try lua.stack.check(text.withUnsafeBytes { lua.stack.load($0, chunkName: name) })
    }

    private static func result(of arguments: [Argument], in lua: LuaState) throws(LuaError) -> SharedMatrix {
        let stack = lua.stack
        try stack.reserve(Int32(arguments.count) + 1)
        for argument in arguments { push(argument, on: stack) }
        if stack.call(arguments: Int32(arguments.count), results: 1) != .ok {
            guard stack.type(-1) == .string || stack.type(-1) == .number else { throw .value }
            throw stack.takeError()
        }
        guard stack.type(-1) == .table else { throw .message("Not a table, it's a \(stack.typeName(-1)).") }
        do throws(SharingFault) {
            let image = try TableCapture.image(of: -1, on: stack, policy: policy)
            return try make(image, size: lua.memoryUsed)
        } catch {
            throw .message(error.text)
        }
    }

    private static func make(_ image: TableImage, size: Int) throws(SharingFault) -> SharedMatrix {
        do throws(LuaError) { return try SharedMatrix(image, size: size) } catch { throw SharingFault(error.text) }
    }

    private static func push(_ argument: Argument, on stack: LuaStack) {
        switch argument {
        case .boolean(let value): stack.push(value)
        case .integer(let value): stack.push(value)
        case .number(let value): stack.push(value)
        case .light(let pointer): stack.push(lightUserdata: pointer)
        case .native(let function): function.push(on: stack)
        }
    }

    private static func refusal(_ stack: LuaStack, _ index: Int32) -> String? {
        switch stack.type(index) {
        case .boolean, .number, .string, .lightUserdata: nil
        case .function: stack.hasUpvalues(index) ? "Invalid function with upvalue" : nil
        default: "Invalid type [\(stack.typeName(index))]"
        }
    }
}

/// Why a script made no shared table.
struct MatrixFailure: Error {
    /// Nil when the script raised something that is no string.
    let text: String?
}
