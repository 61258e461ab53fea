// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ArgumentParser

/// The command: `swiftgate <config>` runs a node; what else it can do has a name of its own.
@main
struct Swiftgate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swiftgate",
        abstract: "Runs skynet scripts, unchanged, on SwiftNIO.",
        usage: """
            swiftgate <config> [--set <key=value> ...]
            swiftgate <subcommand>
            """,
        discussion: """
            The configuration is a skynet configuration file. Its keys luaservice, lua_path, lualoader, bootstrap and \
            the like may be left out; swiftgate's own lualib and service are searched after the paths it gives.
            """,
        version: swiftgateVersion,
        subcommands: [RunCommand.self, ScriptCommand.self, BenchCommand.self],
        defaultSubcommand: RunCommand.self
    )
}
