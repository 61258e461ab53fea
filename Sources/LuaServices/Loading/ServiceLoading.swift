// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// What happens between the creation of a state and the first line of its script.
enum ServiceLoading {
    /// Libraries, searchers, the functions services see in place of Lua's own.
    static func prepare(_ lua: LuaState, for service: LuaService) throws(LuaError) {
        try lua.openLibraries()
        let stack = lua.stack
        stack.push(lightUserdata: Unmanaged.passUnretained(service).toOpaque())
        stack.setRegistry("skynet_context")
        ProfileModule.replaceCoroutineFunctions(on: stack)
        ModuleSearchers.install(on: stack)
        stack.push(CodeCacheModule.loadfile)
        stack.copy(-1)
        stack.setGlobal("loadfile")
        stack.makeDofile()
        stack.setGlobal("dofile")
    }

    /// Runs the loader with the launch line.
    static func run(_ line: String, in lua: LuaState, for service: LuaService) throws(LuaError) {
        let stack = lua.stack
        let environment = service.node.environment
        for (global, key) in [
            ("LUA_PATH", "lua_path"), ("LUA_CPATH", "lua_cpath"), ("LUA_SERVICE", "luaservice"),
            ("LUA_PRELOAD", "preload"),
        ] {
            guard let value = environment[key] else { continue }
            stack.push(value)
            stack.setGlobal(global)
        }
        let loader = environment["lualoader"] ?? "./lualib/loader.lua"
        if service.load(loader, on: stack) != .ok {
            throw .message("Can't load \(loader) : \(stack.takeError().text)")
        }
        stack.push(line)
        let status = stack.call(arguments: 1, results: 0, traceback: true)
        if status != .ok {
            let text = stack.string(-1) ?? "(no error message)"
            stack.pop()
            throw .message("lua loader error : \(text)")
        }
    }
}
