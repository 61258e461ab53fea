// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// `skynet.profile`: the coroutine functions of services, and the time a coroutine took.
enum ProfileModule {
    static let source = LuaModuleSource("skynet.profile") { $0.pushProfile() }

    /// Makes the global coroutine functions the same as the module's.
    static func replaceCoroutineFunctions(on stack: LuaStack) {
        stack.pushProfile()
        stack.pushGlobal("coroutine")
        for name: StaticString in ["resume", "wrap"] {
            stack.rawGet(-2, field: name)
            stack.rawSet(-2, field: name)
        }
        stack.pop()
        // Preloaded, so that `require` gives the very same functions.
        stack.pushGlobal("package")
        stack.rawGet(-1, field: "loaded")
        stack.copy(-3)
        stack.rawSet(-2, field: "skynet.profile")
        stack.pop(3)
    }
}
