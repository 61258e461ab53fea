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
    /// Replaces Lua's searcher for Lua files and puts ours before it. Stack: +0.
    static func install(on stack: LuaStack) {
        stack.pushGlobal("package")
        stack.rawGet(-1, field: "searchers")
        // preload, Lua files, C library, C library of the root name
        for index in stride(from: stack.rawLength(-1), through: 3, by: -1) {
            stack.rawGet(-1, index: index)
            stack.rawSet(-2, index: index + 1)
        }
        stack.push(findNative)
        stack.rawSet(-2, index: 2)
        stack.push(findLua)
        stack.rawSet(-2, index: 3)
        stack.pop(2)
    }

    private static let findNative: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let name = try stack.requireString(1)
            guard try LuaService.running(stack).node.modules[name] != nil else {
                stack.push("no module '\(name)' in the program")
                return 1
            }
            stack.push(openNative)
            stack.push(":native:")
            return 2
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

    private static let findLua: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let name = try stack.requireString(1)
            stack.pushGlobal("package")
            stack.rawGet(-1, field: "path")
            guard let path = stack.string(-1) else { throw .message("'package.path' must be a string") }
            let service = try LuaService.running(stack)
            let cache = service.node.codeCache
            if service.codeCacheMode == .on, let place = cache.place(of: name, on: path) {
                return try load(place, of: name, on: stack, service)
            }
            let file = name.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "/")
            var tried: [String] = []
            for template in path.split(separator: ";") {
                let candidate = template.split(separator: "?", omittingEmptySubsequences: false).joined(separator: file)
                if access(candidate, R_OK) != 0 {
                    tried.append("no file '\(candidate)'")
                    continue
                }
                if service.codeCacheMode == .on { cache.remember(candidate, of: name, on: path) }
                return try load(candidate, of: name, on: stack, service)
            }
            stack.push(tried.joined(separator: "\n\t"))
            return 1
        }
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
