// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// The native modules that need no node, for scripts that are no services.
public enum ScriptModules {
    static let all = [
        ClientSocket.module, Crypt.clientModule, Crypt.module, Netpack.module, Sproto.module, Digest.module,
        TLS.module, TLS.initialisation, BsonDocument.module,
    ]

    private static let libraryField: StaticString = "swiftgate.library"
    private static let nativeLibraryField: StaticString = "swiftgate.nativelibrary"

    /// Puts them where `require` looks first, and has it look last where the program's library is, whatever the script
    /// does to `package.path` and `package.cpath`.
    ///
    /// - Parameters:
    ///   - library: patterns for Lua files.
    ///   - nativeLibrary: patterns for C libraries.
    public static func install(on stack: LuaStack, library: String, nativeLibrary: String) {
        stack.push(library)
        stack.setRegistry(libraryField)
        stack.push(nativeLibrary)
        stack.setRegistry(nativeLibraryField)
        stack.pushGlobal("package")
        stack.rawGet(-1, field: "preload")
        for module in all {
            stack.push(module.name)
            stack.push(open)
            stack.rawSet(-3)
        }
        stack.pop()
        ModuleSearchers.installLibrarySearchers(on: stack)
        stack.makeRequire(last: last)
        stack.setGlobal("require")
    }

    private static let last: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let places = ModuleFallback.Places(
                isNative: { name in all.contains { $0.name == name } },
                natives: { all.map(\.name) },
                library: text(libraryField, on: stack),
                nativeLibrary: text(nativeLibraryField, on: stack)
            )
            let name = try stack.requireString(1)
            return try ModuleFallback.find(name, after: stack.string(2), in: places, openNative: open, on: stack)
        }
    }

    private static func text(_ field: StaticString, on stack: LuaStack) -> String {
        stack.pushRegistry(field)
        defer { stack.pop() }
        return stack.string(-1) ?? ""
    }

    /// `require` calls it with the module's name.
    private static let open: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let name = try stack.requireString(1)
            guard let module = all.first(where: { $0.name == name }) else {
                throw .message("module '\(name)' is not in the program")
            }
            module.push(on: stack)
            return 1
        }
    }
}
