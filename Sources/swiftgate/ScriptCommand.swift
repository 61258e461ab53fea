// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ArgumentParser
import GateNode
import Glibc

/// `swiftgate script file.lua [arguments]`: runs a plain Lua script, such as a test client.
struct ScriptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "script",
        abstract: "Run a plain Lua script, with client.socket, client.crypt, sproto, skynet.crypt and skynet.netpack."
    )

    @Argument(help: "The script.", completion: .file(extensions: ["lua"]))
    var file: String

    @Argument(parsing: .captureForPassthrough, help: "What the script gets as its arguments.")
    var arguments: [String] = []

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        do {
            try ScriptRunner(installation: Installation.find()).run(file, arguments: arguments)
        } catch let failure as ScriptRunner.Failure {
            let text = "swiftgate: \(failure)\n"
            write(STDERR_FILENO, text, text.utf8.count)
            throw ExitCode(1)
        }
    }
}
