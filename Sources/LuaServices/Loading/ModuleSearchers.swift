// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
public import LuaRuntime

/// A module that `require` finds in the program itself.
public struct LuaModuleSource: Sendable {
    public let name: String
    /// Pushes the module's table.
    let push: @Sendable (LuaStack) -> Void

    public init(_ name: String, push: @escaping @Sendable (LuaStack) -> Void) {
        self.name = name
        self.push = push
    }

    public init(_ module: LuaModule) { self.init(module.name) { module.push(on: $0) } }
}

/// How `require` finds modules in a service: first in the program, then in Lua files through the code cache, then,
/// with Lua's own searchers, in C libraries.
enum ModuleSearchers {
    /// Puts ours in the place of Lua's searcher for Lua files. Stack: +0.
    static func install(on stack: LuaStack) {
        stack.pushGlobal("package")
        stack.rawGet(-1, field: "searchers")
        // preload, Lua files, C library, C library of the root name
        stack.push(find)
        stack.rawSet(-2, index: 2)
        stack.pop(2)
    }

    private static let find: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let name = try stack.requireString(1)
            let service = try LuaService.running(stack)
            if service.node.modules[name] != nil {
                stack.push(openNative)
                stack.push(":native:")
                return 2
            }
            let path = try searchPath(stack)
            if service.codeCacheMode == .on, let place = service.node.codeCache.place(of: name, on: path) {
                return try load(place, of: name, on: stack, service)
            }
            return try search(path, for: name, on: stack, service)
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

    private static func searchPath(_ stack: LuaStack) throws(LuaError) -> String {
        stack.pushGlobal("package")
        stack.rawGet(-1, field: "path")
        guard let path = stack.string(-1) else { throw .message("'package.path' must be a string") }
        return path
    }

    /// Looks for the file, and remembers where it was; says where it was not when it is nowhere.
    private static func search(
        _ path: String,
        for name: String,
        on stack: LuaStack,
        _ service: LuaService
    ) throws(LuaError) -> Int32 {
        let file = name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "/")
        var tried = ["no module '\(name)' in the program"]
        for template in path.split(separator: ";") {
            let candidate = template.split(separator: "?", omittingEmptySubsequences: false).joined(separator: file)
            if access(candidate, R_OK) != 0 {
                tried.append("no file '\(candidate)'")
                continue
            }
            if service.codeCacheMode == .on { service.node.codeCache.remember(candidate, of: name, on: path) }
            return try load(candidate, of: name, on: stack, service)
        }
        stack.push(tried.joined(separator: "\n\t"))
        return 1
    }

    /// Pushes the loader and the file name, as searchers answer.
    private static func load(
        _ file: String,
        of name: String,
        on stack: LuaStack,
        _ service: LuaService
    ) throws(LuaError) -> Int32 {
        let status = service.node.codeCache.load(file, on: stack, mode: service.codeCacheMode)
        if status != .ok {
            let reason = stack.takeError().text
            throw .message("error loading module '\(name)' from file '\(file)':\n\t\(reason)")
        }
        stack.push(file)
        return 2
    }
}
