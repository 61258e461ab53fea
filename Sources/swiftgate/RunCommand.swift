// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ArgumentParser
import GateNode
import Glibc
import Logging
import ServiceLifecycle
import UnixSignals

/// `swiftgate <config>`: runs a node until it ends or is told to.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a node (what swiftgate does when no subcommand is named)."
    )

    @Argument(help: "A skynet configuration file.", completion: .file())
    var config: String?

    /// skynet takes its configuration file and no more, and start scripts that hand on all their words work there.
    @Argument(help: ArgumentHelp("Ignored, with a warning.", visibility: .hidden))
    var ignored: [String] = []

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "A key of the configuration and the value it gets instead; may be repeated.",
            valueName: "key=value"
        )
    )
    var overrides: [String] = []

    func run() async throws {
        guard let config else {
            let text = "Need a config file. See swiftgate --help.\nusage: swiftgate configfilename\n"
            write(STDERR_FILENO, text, text.utf8.count)
            throw ExitCode(1)
        }
        let configuration = try NodeConfiguration(
            contentsOf: config,
            overrides: overrides,
            installation: Installation.find()
        )
        warnOfIgnoredWords()
        if let path = configuration.daemon {
            try await runInBackground(configuration, pidFile: path)
        } else {
            try await runNode(node(configuration))
        }
    }

    private func node(
        _ configuration: NodeConfiguration,
        launched: @escaping @Sendable () -> Void = {}
    ) -> GateNode {
        GateNode(configuration: configuration, name: "swiftgate \(swiftgateVersion)", launched: launched)
    }

    private func warnOfIgnoredWords() {
        // A node that goes to the background runs this twice; its terminal has seen the warning.
        if ignored.isEmpty || Daemon.isBackground { return }
        let words = ignored.map { $0.isEmpty || $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " ")
        let text = "Warning: ignored behind the configuration file: \(words)\n"
        write(STDERR_FILENO, text, text.utf8.count)
    }

    private func runInBackground(_ configuration: NodeConfiguration, pidFile path: String) async throws {
        guard Daemon.isBackground else { throw ExitCode(try Daemon.start()) }
        let pidFile = try PidFile(claiming: path)
        let outcome: Result<Void, any Error>
        // As long as it may fail without a log, whoever started it waits for what it has to say.
        do { outcome = .success(try await runNode(node(configuration) { Daemon.detach() })) } catch {
            outcome = .failure(error)
        }
        pidFile.remove()
        try outcome.get()
    }

    /// Runs a node until it ends; a first SIGTERM or SIGINT asks it to, a second one does not wait.
    private func runNode(_ node: GateNode) async throws {
        defer { StandardStreams.letGoOfStuck() }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: node, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: Logger(label: "swiftgate", factory: { _ in SwiftLogNoOpLogHandler() })
            )
        )
        // Before the node begins: as soon as anybody can know of it, it ends as it should.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask { await obey(signals) { node.stop(because: $0) } }
            try await tasks.next()
            tasks.cancelAll()
        }
    }
}
