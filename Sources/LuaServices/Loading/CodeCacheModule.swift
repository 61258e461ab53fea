// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// `skynet.codecache`: the state's own switch and the node's cache.
enum CodeCacheModule {
    static let source = LuaModuleSource("skynet.codecache") { stack in
        LuaModule("skynet.codecache", [LuaFunction("clear", clear), LuaFunction("mode", mode)]).push(on: stack)
        stack.pushGlobal("loadfile")
        stack.rawSet(-2, field: "loadfile")
    }

    private static let clear: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            try LuaService.running(stack).node.codeCache.clear()
            return 0
        }
    }

    private static let mode: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let service = try LuaService.running(stack)
            if stack.isNoneOrNil(1) {
                stack.push(service.codeCacheMode.rawValue)
                return 1
            }
            let name = try stack.requireString(1)
            guard let mode = CodeCache.Mode(rawValue: name) else {
                throw .argument(1, "invalid option '\(name)'")
            }
            service.codeCacheMode = mode
            return 0
        }
    }

    /// `loadfile(name [, mode [, env]])` through the cache.
    static let loadfile: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            if stack.isNoneOrNil(1) { throw .message("a service has no standard input to load from") }
            let path = try stack.requireString(1)
            let mode = stack.isNoneOrNil(2) ? nil : try stack.requireString(2)
            let hasEnvironment = stack.count >= 3
            let service = try LuaService.running(stack)
            let status = service.load(path, on: stack, chunkMode: mode)
            if status != .ok {
                stack.pushNil()
                stack.insert(at: -2)
                return 2
            }
            if hasEnvironment {
                stack.copy(3)
                stack.setUpvalue(of: -2, number: 1)
            }
            return 1
        }
    }
}
