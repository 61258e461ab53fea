// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import CLuaShim

/// Swift asks, C protects: everything here runs below `lua_pcall` and comes back as a status.
extension LuaStack {
    /// Calls the function below `arguments` values. On failure the error value replaces the results; a string gets a
    /// traceback if asked for. The memory limit is in force meanwhile.
    public func call(arguments: Int32, results: Int32, traceback: Bool = false) -> LuaStatus {
        LuaStatus(unsafe CLua_pcall(state, arguments, results, traceback))
    }

    /// Throws the error a failed call left on top, and takes it off.
    public func check(_ status: LuaStatus) throws(LuaError) {
        if status == .ok { return }
        throw takeError()
    }

    /// Takes the error value off the top.
    public func takeError() -> LuaError {
        let text = string(-1) ?? "(error object is a \(typeName(-1)) value)"
        pop()
        return LuaError(.message, text)
    }

    /// Compiles a chunk of source text and pushes it as a function.
    ///
    /// - Parameter chunkName: as Lua wants it: `@file` for files, `=name` for anything else.
    public func load(_ source: String, chunkName: String) throws(LuaError) {
        var source = source
        let status = source.withUTF8 { bytes in unsafe load(UnsafeRawBufferPointer(bytes), chunkName: chunkName) }
        try check(status)
    }

    /// Compiles or undumps a chunk and pushes it as a function, or its error message.
    public func load(_ chunk: UnsafeRawBufferPointer, chunkName: String, mode: String? = nil) -> LuaStatus {
        let start = unsafe chunk.baseAddress?.assumingMemoryBound(to: CChar.self)
        return LuaStatus(unsafe luaL_loadbufferx(state, start, chunk.count, chunkName, mode))
    }

    /// The precompiled form of the Lua function on top, with its debug information.
    public func dump() -> [UInt8] {
        let writer: lua_Writer = { _, bytes, count, collected in
            guard let collected = unsafe collected, let bytes = unsafe bytes else { return 1 }
            unsafe collected.assumingMemoryBound(to: [UInt8].self).pointee
                .append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
            return 0
        }
        var collected: [UInt8] = []
        _ = unsafe withUnsafeMutablePointer(to: &collected) { collected in
            unsafe lua_dump(state, writer, collected, 0)
        }
        return collected
    }

    /// Pushes the text of a value as `tostring` would make it; false when a metamethod raised, whose error value is on
    /// top instead.
    public func pushText(of index: Int32) -> Bool { unsafe CLua_tostring(state, index) == LUA_OK }

    /// `file:line` of the function at `level` (0 the running one, 1 its caller), or `?`.
    public func place(level: Int32) -> String {
        unsafe luaL_where(state, level)
        let place = string(-1) ?? ""
        pop()
        return place.hasSuffix(": ") ? String(place.dropLast(2)) : "?"
    }

    /// Makes `dofile` of the function `loadfile` on top. Stack: +0.
    public func makeDofile() { unsafe CLua_pushdofile(state) }

    // MARK: Modules

    /// Makes `require` of the table `package` on top. Stack: +0.
    ///
    /// - Parameter last: is called with the module's name and what was tried when no searcher knows it; answers a loader
    ///   and its data, or the text of the error.
    public func makeRequire(last: @escaping LuaFunction.Entry) { unsafe CLua_pushrequire(state, last) }

    /// Pushes a `require` that asks `last` only, and hands itself to what it loads as third argument. Stack: +1.
    public func pushOwnRequire(last: @escaping LuaFunction.Entry) { unsafe CLua_pushownrequire(state, last) }

    /// Makes a function that answers the value on top. Stack: +0.
    public func makeConstant() { unsafe CLua_pushconstant(state) }
}
