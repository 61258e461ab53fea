// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime

/// Where the system's Lua looks for modules, such as those of Debian's `lua-cjson` and `lua-lpeg`.
struct SystemLuaPaths {
    let library: String
    let nativeLibrary: String

    /// Asks a fresh state; its patterns relative to the working directory are left out, for only the user gives those.
    init() throws(LuaError) {
        let state = try LuaState()
        try state.openLibraries()
        state.stack.pushGlobal("package")
        library = Self.absolutePatterns(of: "path", in: state.stack)
        nativeLibrary = Self.absolutePatterns(of: "cpath", in: state.stack)
    }

    private static func absolutePatterns(of field: StaticString, in stack: LuaStack) -> String {
        stack.rawGet(-1, field: field)
        defer { stack.pop() }
        let patterns = (stack.string(-1) ?? "").split(separator: ";")
        return patterns.filter { $0.hasPrefix("/") && $0.contains("?") }.joined(separator: ";")
    }
}
