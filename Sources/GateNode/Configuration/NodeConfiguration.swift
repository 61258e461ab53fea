// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import SocketDriver

/// Everything a node is started with.
///
/// A key that only services and scripts read (`start`, `logpath`, `profile`) is in ``settings`` and nowhere else.
public struct NodeConfiguration: Equatable, Sendable {
    /// Threads that run services (`thread`), 1 to 1024.
    public var threads: Int
    /// The number of this node (`harbor`), 0 to 255; 0 is a node on its own.
    public var harbor: Int
    /// The first service: its kind and, behind a blank, its argument (`bootstrap`).
    public var bootstrap: String
    /// The argument of the log service (`logger`): for the standard one a file to append to; nil is standard output.
    public var logger: String?
    /// The kind of the log service (`logservice`).
    public var logService: String
    /// The file that holds the process id of a node in the background (`daemon`); nil: it stays in the foreground.
    public var daemon: String?
    /// Whether every buffer handed to Lua is tracked, so that misuse becomes a Lua error (`checkbuffers`).
    public var checkBuffers: Bool
    /// How long clients may take at the end of the node to read what was sent to them (`shutdown_grace`, in seconds).
    public var shutdownGrace: Duration
    /// How many threads run services that block them (`blocked_threads`), 1 to 1000; nil: 4 more than `threads`.
    public var blockedThreads: Int?
    /// Where scripts are found.
    public var paths: ScriptPaths
    /// What listeners ask of their clients (`listeners`, `tls_certificate`, `tls_key`).
    public var listeners = EndpointCatalog(defaults: ListenerOptions())
    /// How outgoing connections are made ready (`connects`).
    public var connects = EndpointCatalog(defaults: ConnectOptions())
    /// Everything `skynet.getenv` reads: the keys as they were given, the defaults that skynet writes back, and the
    /// completed paths.
    public var settings: [String: String]
    /// The file it was read from, as it was named.
    public var file: String?
    /// What looks like a mistake in it, one sentence each.
    public var warnings: [String] = []

    public init(
        threads: Int = 8,
        harbor: Int = 0,
        bootstrap: String = "snlua bootstrap",
        logger: String? = nil,
        logService: String = "logger",
        daemon: String? = nil,
        checkBuffers: Bool = false,
        shutdownGrace: Duration = .seconds(5),
        blockedThreads: Int? = nil,
        paths: ScriptPaths = ScriptPaths(),
        settings: [String: String] = [:]
    ) {
        self.threads = threads
        self.harbor = harbor
        self.bootstrap = bootstrap
        self.logger = logger
        self.logService = logService
        self.daemon = daemon
        self.checkBuffers = checkBuffers
        self.shutdownGrace = shutdownGrace
        self.blockedThreads = blockedThreads
        self.paths = paths
        self.settings = settings
    }
}
