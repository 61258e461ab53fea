// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// A module that `require` finds in the program itself.
public struct LuaModuleSource: Sendable {
    public let name: String
    /// Pushes the module, which is a table as a rule.
    let push: @Sendable (LuaStack) -> Void

    public init(_ name: String, push: @escaping @Sendable (LuaStack) -> Void) {
        self.name = name
        self.push = push
    }

    public init(_ module: LuaModule) { self.init(module.name) { module.push(on: $0) } }
}

/// How `require` finds modules in a service: first in the program, then in Lua files through the code cache, then in C
/// libraries, and last where the node's configuration says, whatever became of the paths.
enum ModuleSearchers {
    /// Puts ours in the place of Lua's searchers for files, and of `require`. Stack: +0.
    static func install(on stack: LuaStack) {
        installLibrarySearchers(on: stack)
        stack.pushGlobal("package")
        stack.rawGet(-1, field: "searchers")
        stack.push(find)
        stack.rawSet(-2, index: 2)
        stack.pop()
        stack.makeRequire(last: last)
        stack.setGlobal("require")
    }

    /// Puts ours in the place of the two searchers for C libraries, behind those for `preload` and for Lua files.
    static func installLibrarySearchers(on stack: LuaStack) {
        stack.pushGlobal("package")
        stack.rawGet(-1, field: "searchers")
        stack.push(findLibrary)
        stack.rawSet(-2, index: 3)
        stack.push(findRootLibrary)
        stack.rawSet(-2, index: 4)
        stack.pop(2)
    }

    /// `skynet.library`: a function that requires parts of the library itself, whatever scripts did to `package` and
    /// `require`.
    static let library = LuaModuleSource("skynet.library") { $0.pushOwnRequire(last: last) }

    // MARK: Searchers

    private static let find: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let name = try stack.requireString(1)
            if try LuaService.running(stack).node.modules[name] != nil {
                stack.push(openNative)
                stack.push(":native:")
                return 2
            }
            return try search(try requirePath("path", on: stack), for: name, on: stack)
        }
    }

    private static let findLibrary: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let name = try stack.requireString(1)
            let path = SearchPath(try requirePath("cpath", on: stack))
            return try NativeLibraries.search(path, for: name, inFileOf: name, on: stack)
        }
    }

    /// A library may hold many modules, and is then named like the first part of their names.
    private static let findRootLibrary: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let name = try stack.requireString(1)
            guard let dot = name.firstIndex(of: ".") else { return 0 }
            let path = SearchPath(try requirePath("cpath", on: stack))
            return try NativeLibraries.search(path, for: name, inFileOf: String(name[..<dot]), on: stack)
        }
    }

    /// `last(name, tried)` of the services of a node.
    private static let last: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let node = try LuaService.running(stack).node
            let places = ModuleFallback.Places(
                isNative: { node.modules[$0] != nil },
                natives: { Array(node.modules.keys) },
                library: node.environment["lua_path"] ?? "",
                nativeLibrary: node.environment["lua_cpath"] ?? ""
            )
            let name = try stack.requireString(1)
            return try ModuleFallback.find(name, after: stack.string(2), in: places, openNative: openNative, on: stack)
        }
    }

    private static let openNative: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let name = try stack.requireString(1)
            guard let module = try LuaService.running(stack).node.modules[name] else {
                throw .message("module '\(name)' is not in the program")
            }
            module.push(stack)
            return 1
        }
    }

    // MARK: The table `package`

    /// Pushes a field of the table `package`, which scripts may have taken from the globals. Stack: +1.
    static func pushPackageField(_ field: StaticString, on stack: LuaStack) -> LuaType {
        guard stack.pushRegistry("_LOADED") == .table else { return stack.type(-1) == .nil ? .nil : .none }
        guard stack.rawGet(-1, field: "package") == .table else {
            stack.remove(-2)
            return .none
        }
        let type = stack.rawGet(-1, field: field)
        stack.remove(-2)
        stack.remove(-2)
        return type
    }

    /// A path as scripts left it; nil when it is no text.
    static func packagePath(_ field: StaticString, on stack: LuaStack) -> String? {
        let type = pushPackageField(field, on: stack)
        defer { stack.pop() }
        return type == .string ? stack.string(-1) : nil
    }

    private static func requirePath(_ field: StaticString, on stack: LuaStack) throws(LuaError) -> String {
        if let path = packagePath(field, on: stack) { return path }
        throw .message("'package.\(field)' must be a string")
    }

    // MARK: Lua files

    /// Pushes a loader and the file, or the text of what was tried. The code cache remembers where modules were found.
    static func search(_ path: String, for name: String, on stack: LuaStack) throws(LuaError) -> Int32 {
        let service = stack.owner(as: LuaService.self)
        if let cache = service?.codeCacheInUse, let place = cache.place(of: name, on: path) {
            return try load(place, of: name, on: stack)
        }
        var tried = ["no module '\(name)' in the program"]
        for candidate in SearchPath(path).candidates(for: name) {
            guard SearchPath.isReadable(candidate) else {
                tried.append("no file '\(candidate)'")
                continue
            }
            service?.codeCacheInUse?.remember(candidate, of: name, on: path)
            return try load(candidate, of: name, on: stack)
        }
        stack.push(tried.joined(separator: "\n\t"))
        return 1
    }

    /// Pushes the loader and the file name, as searchers answer.
    private static func load(_ file: String, of name: String, on stack: LuaStack) throws(LuaError) -> Int32 {
        let status: LuaStatus
        if let service = stack.owner(as: LuaService.self) {
            status = service.load(file, on: stack)
        } else {
            status = CodeCache().load(file, on: stack, mode: .off).status
        }
        if status != .ok {
            let reason = stack.takeError().text
            throw .message("error loading module '\(name)' from file '\(file)':\n\t\(reason)")
        }
        stack.push(file)
        return 2
    }
}
