// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import LuaRuntime
import LuaServices
import Observability
import ServiceKernel
import SocketDriver
import Synchronization
import UnixSignals

/// The parts of a running node, put together and taken apart in the right order.
final class NodeAssembly: Sendable {
    let host: LuaHost
    let configuration: NodeConfiguration
    let threads: LoopThreads
    let kernel: Kernel
    let sockets: SocketDriver
    let monitorThread = MonitorThread()
    let logs = LogWriters()
    let end: NodeEnd

    init(_ configuration: NodeConfiguration, end: NodeEnd) {
        self.configuration = configuration
        self.end = end
        OpenFiles.raiseLimit()
        LuaThread.installHandler()
        // A peer that went away is told by the write's result, not by a signal that ends the process.
        signal(SIGPIPE, SIG_IGN)
        if configuration.checkBuffers { BufferTracker.current = BufferTracker() }
        let reporter = KernelReporter(
            log: { text, handle in end.host?.log(text, as: handle) },
            dropped: { message in
                if message.type == .socket { SocketMessage.reclaim(message) }
            },
            hasRoom: { handle in end.host?.sockets.ownerHasRoom(handle.rawValue) },
            emptied: { end.becomeEmpty() }
        )
        let monitorThread = self.monitorThread
        let kernel = Kernel(
            workers: configuration.threads,
            harbor: UInt8(configuration.harbor),
            observer: reporter,
            wakeMonitor: { monitorThread.wake() },
            takeover: { worker, turn in end.threads?.takeOver(worker, turn: turn) ?? false },
            wakeSpare: { end.threads?.runBlocking() }
        )
        let loops = kernel.workers.map { SocketLoop(number: $0.index) }
        threads = LoopThreads(
            zip(loops, kernel.workers).map(WorkerLoop.init),
            kernel: kernel,
            limit: configuration.blockedThreads ?? Self.spareThreads + configuration.threads,
            log: { text in end.host?.log(text, as: .none) }
        )
        var socketConfiguration = SocketDriver.Configuration()
        socketConfiguration.listeners = configuration.listeners
        socketConfiguration.connects = configuration.connects
        let sockets = SocketDriver(
            loops: loops,
            sink: SocketBridge(kernel: kernel),
            observer: SocketLog { text in end.host?.log(text, as: .none) },
            configuration: socketConfiguration
        )
        host = LuaHost(
            kernel: kernel,
            sockets: sockets,
            environment: NodeEnvironment(Self.settings(configuration)),
            nativeServices: Self.nativeServices(logs),
            stopped: { end.ask($0) }
        )
        end.watch(host, threads)
        self.kernel = kernel
        self.sockets = sockets
        threads.start()
        monitorThread.start(kernel.monitor, threads)
    }

    /// How many threads run services that block, besides one for each loop.
    private static let spareThreads = 4

    /// What scripts read with `getenv`: the configuration's keys, and the paths as they were completed.
    private static func settings(_ configuration: NodeConfiguration) -> [String: String] {
        let paths = configuration.paths
        var settings = configuration.settings
        settings["lualoader"] = paths.loader
        settings["luaservice"] = paths.service
        settings["lua_path"] = paths.library
        settings["lua_cpath"] = paths.nativeLibrary
        settings["preload"] = paths.preload
        return settings
    }

    private static func nativeServices(_ logs: LogWriters) -> NativeServices {
        var services = NativeServices()
        services["logger"] = { parameters in
            let service = try LoggerService(path: parameters.arguments)
            logs.add(service.writer)
            return service
        }
        return services
    }

    /// The log service, then the first service of the configuration.
    func launchFirstServices(name: String) throws(NodeError) {
        _ = kernel.bind("logger", to: try launchLogger())
        tellBeginning(name)
        let words = configuration.bootstrap.split(separator: " ", maxSplits: 1)
        let kind = words.first.map(String.init) ?? ""
        let arguments = words.count > 1 ? String(words[1]) : ""
        if host.launch(kind, arguments, as: .none) == nil {
            throw NodeError("Bootstrap error : \(configuration.bootstrap)")
        }
    }

    private func launchLogger() throws(NodeError) -> ServiceHandle {
        var reason = ""
        do {
            let logger = try host.create(configuration.logService, configuration.logger ?? "")
            if let logger { return logger }
        } catch {
            reason = ": \(error)"
        }
        throw NodeError("Can't launch \(configuration.logService) service\(reason)")
    }

    /// What whoever reads the log next morning wants to know first.
    private func tellBeginning(_ name: String) {
        let file = configuration.file.map { ", configuration \($0)" } ?? ""
        let threads = configuration.threads == 1 ? "1 thread" : "\(configuration.threads) threads"
        host.log("\(name) starts: pid \(getpid())\(file), \(threads)", as: .none)
        for warning in configuration.warnings { host.log("swiftgate: \(warning)", as: .none) }
    }

    /// Asks the log service at every signal to open its file anew, until cancelled.
    func reopenLog(at hangUps: UnixSignalsSequence) async {
        for await _ in hangUps { reopenLog() }
    }

    private func reopenLog() {
        guard let logger = kernel.handle(named: "logger") else { return }
        kernel.send(Message(type: .system, source: .none, session: 0), to: logger, from: nil)
    }
}

/// The writers of the node's logs, which outlive their services.
final class LogWriters: Sendable {
    private let writers = Mutex<[LogWriter]>([])

    var all: [LogWriter] { writers.withLock { $0 } }

    func add(_ writer: LogWriter) {
        writers.withLock { writers in
            writers.removeAll { $0.hasEnded }
            writers.append(writer)
        }
    }
}
