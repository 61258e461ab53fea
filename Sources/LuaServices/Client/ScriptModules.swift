// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// The native modules that need no node, for scripts that are no services.
public enum ScriptModules {
    static let all = [
        ClientSocket.module, Crypt.clientModule, Crypt.module, Netpack.module, Sproto.module, Digest.module,
        TLS.module, TLS.initialisation, BsonDocument.module,
    ]

    /// Puts them where `require` looks first.
    public static func preload(on stack: LuaStack) {
        stack.pushGlobal("package")
        stack.rawGet(-1, field: "preload")
        for module in all {
            stack.push(module.name)
            stack.push(open)
            stack.rawSet(-3)
        }
        stack.pop(2)
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
