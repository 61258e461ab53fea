// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// `skynet.core`: exactly the functions skynet's has, so that its own `skynet.lua` would run on it, too.
enum CoreModule {
    static let source = LuaModuleSource(
        LuaModule(
            "skynet.core",
            [
                LuaFunction("send", CoreSend.send),
                LuaFunction("redirect", CoreSend.redirect),
                LuaFunction("genid", CoreSend.genid),
                LuaFunction("command", CoreCommand.command),
                LuaFunction("intcommand", CoreCommand.intcommand),
                LuaFunction("addresscommand", CoreCommand.addresscommand),
                LuaFunction("error", CoreLog.error),
                LuaFunction("trace", CoreLog.trace),
                LuaFunction("harbor", CoreService.harbor),
                LuaFunction("now", CoreService.now),
                LuaFunction("hpc", CoreService.hpc),
                LuaFunction("callback", CoreService.callback),
                LuaFunction("tostring", CoreBuffers.tostring),
                LuaFunction("trash", CoreBuffers.trash),
                LuaSerialization.pack,
                LuaSerialization.packstring,
                LuaSerialization.unpack,
            ]
        )
    )
}
