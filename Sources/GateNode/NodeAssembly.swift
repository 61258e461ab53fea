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
    private let configuration: NodeConfiguration
    private let threads: LoopThreads
    private let kernel: Kernel
    private let sockets: SocketDriver
    private let monitorThread = MonitorThread()
    private let end: NodeEnd

    init(_ configuration: NodeConfiguration) {
        self.configuration = configuration
        LuaThread.installHandler()
        // A peer that went away is told by the write's result, not by a signal that ends the process.
        signal(SIGPIPE, SIG_IGN)
        if configuration.checkBuffers { BufferLedger.current = BufferLedger() }
        let end = NodeEnd()
        let reporter = KernelReporter(
            log: { text, handle in end.host?.log(text, as: handle) },
            dropped: { message in
                let type = message.type
                let payload = message.takePayload()
                if type == .socket { SocketMessage.reclaim(payload) }
            },
            emptied: { end.come() }
        )
        let monitorThread = self.monitorThread
        let kernel = Kernel(
            workers: configuration.threads,
            harbor: UInt8(configuration.harbor),
            observer: reporter,
            wakeMonitor: { monitorThread.wake() },
            takeover: { worker, turn in end.threads?.takeOver(worker, turn: turn) ?? false }
        )
        let loops = kernel.workers.map { SocketLoop(number: $0.index) }
        threads = LoopThreads(
            zip(loops, kernel.workers).map(WorkerLoop.init),
            kernel: kernel,
            limit: Self.spareThreads + configuration.threads,
            log: { text in end.host?.log(text, as: .none) }
        )
        let sockets = SocketDriver(
            loops: loops,
            sink: SocketBridge(kernel: kernel),
            log: { text in end.host?.log(text, as: .none) }
        )
        host = LuaHost(
            kernel: kernel,
            sockets: sockets,
            environment: NodeEnvironment(Self.settings(configuration)),
            catalog: Self.catalog()
        )
        end.watch(host, threads)
        self.kernel = kernel
        self.sockets = sockets
        self.end = end
        threads.start()
        monitorThread.start(kernel.monitor)
    }

    /// How many threads may be stuck in a service besides one for each loop.
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

    private static func catalog() -> ServiceCatalog {
        var catalog = ServiceCatalog()
        catalog["logger"] = { seed in try LoggerService(path: seed.arguments) }
        return catalog
    }

    /// The log service, then the first service of the configuration.
    func launchFirstServices() throws(NodeError) {
        guard let logger = host.launch(configuration.logService, configuration.logger ?? "", as: .none) else {
            throw NodeError("Can't launch \(configuration.logService) service")
        }
        _ = kernel.bind("logger", to: logger)
        let words = configuration.bootstrap.split(separator: " ", maxSplits: 1)
        let kind = words.first.map(String.init) ?? ""
        let arguments = words.count > 1 ? String(words[1]) : ""
        if host.launch(kind, arguments, as: .none) == nil {
            throw NodeError("Bootstrap error : \(configuration.bootstrap)")
        }
    }

    /// Returns when no service is left.
    func ended() async { await end.value() }

    /// Asks the log service at every SIGHUP to open its file anew, until cancelled.
    func reopenLogAtHangUp() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup) { reopenLog() }
    }

    private func reopenLog() {
        guard let logger = kernel.handle(named: "logger") else { return }
        kernel.send(Message(type: .system, source: .none, session: 0), to: logger, from: nil)
    }

    func retireServices() { host.retireAll() }

    /// Closes sockets and stops threads.
    func dismantle() async {
        host.retireAll()
        await end.value()
        await sockets.shutdownAll()
        monitorThread.stop()
        await threads.stop()
    }
}

/// The moment the last service is gone, for whoever waits for it.
final class NodeEnd: Sendable {
    private struct State {
        var hasCome = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let watched = Mutex<(host: LuaHost, threads: LoopThreads)?>(nil)

    var host: LuaHost? { watched.withLock { $0?.host } }
    var threads: LoopThreads? { watched.withLock { $0?.threads } }

    func watch(_ host: LuaHost, _ threads: LoopThreads) { watched.withLock { $0 = (host, threads) } }

    func come() {
        let waiting = state.withLock { state in
            state.hasCome = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func value() async {
        await withCheckedContinuation { continuation in
            let hasCome = state.withLock { state in
                if !state.hasCome { state.waiting.append(continuation) }
                return state.hasCome
            }
            if hasCome { continuation.resume() }
        }
    }
}
