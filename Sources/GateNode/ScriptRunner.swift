// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime
internal import LuaServices
internal import NodeFiles

/// Runs a plain Lua script that is no service: a test client, a tool.
///
/// It has the standard libraries, `require` as Lua has it with swiftgate's `lualib` at the end of its path (and behind
/// whatever path the script sets), and the native modules that need no node.
public struct ScriptRunner: Sendable {
    /// A message for the user: a syntax error, or a run-time error with its traceback.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private let installation: Installation?

    public init(installation: Installation?) { self.installation = installation }

    /// Runs the file with `arguments` in `...` and in the table `arg`.
    public func run(_ file: String, arguments: [String]) throws(Failure) {
        do {
            let lua = try LuaState()
            try lua.openLibraries(ignoreEnvironment: false)
            let system = try SystemLuaPaths()
            let library = [installation?.library, system.library].compactMap { $0 }.joined(separator: ";")
            ScriptModules.install(on: lua.stack, library: library, nativeLibrary: system.nativeLibrary)
            if let installation { appendPath(installation.library, on: lua.stack) }
            setArguments([file] + arguments, on: lua.stack)
            try load(file, on: lua.stack)
            for argument in arguments { lua.stack.push(argument) }
            try lua.stack.check(lua.stack.call(arguments: Int32(arguments.count), results: 0, traceback: true))
        } catch let error as LuaError {
            throw Failure(description: error.text)
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure(description: "\(error)")
        }
    }

    private func load(_ file: String, on stack: LuaStack) throws {
        guard let text = SystemFile.contents(of: file) else { throw Failure(description: "cannot open \(file)") }
        let status = Self.source(text).withUnsafeBytes { stack.load($0, chunkName: "@\(file)") }
        try stack.check(status)
    }

    /// A first line for the system (`#!…`) is left empty, so that lines keep their numbers.
    private static func source(_ text: [UInt8]) -> ArraySlice<UInt8> {
        text.first == UInt8(ascii: "#") ? text.drop { $0 != UInt8(ascii: "\n") } : text[...]
    }

    private func appendPath(_ patterns: String, on stack: LuaStack) {
        stack.pushGlobal("package")
        stack.rawGet(-1, field: "path")
        let path = stack.string(-1) ?? ""
        stack.pop()
        stack.push("\(path);\(patterns)")
        stack.rawSet(-2, field: "path")
        stack.pop()
    }

    /// The script is argument 0.
    private func setArguments(_ arguments: [String], on stack: LuaStack) {
        stack.pushTable(array: Int32(arguments.count))
        for (index, argument) in arguments.enumerated() {
            stack.push(argument)
            stack.rawSet(-2, index: index)
        }
        stack.setGlobal("arg")
    }
}
