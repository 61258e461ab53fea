// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import Foundation
import ServiceKernel
import SocketDriver
import Synchronization
import Testing

@testable import LuaServices

/// Lua services on a kernel whose one worker runs when the test says so. A launch line is the script itself, which
/// finds `core`, `equal` and `fails`.
final class CoreNode {
    let kernel: Kernel
    let host: LuaHost
    let folder: URL
    private let logger = LineRecorder()
    private let thread = IdleHolder()
    private let turns = TurnThread(interrupt: {}, submit: {})

    init(_ settings: [String: String] = [:], harbor: UInt8 = 0) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "swiftgate-core-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let loader = folder.appending(path: "loader.lua")
        try Self.loader.write(to: loader, atomically: true, encoding: .utf8)
        var settings = settings
        settings["lualoader"] = loader.path()
        settings["logpath"] = settings["logpath"] ?? folder.path()
        kernel = Kernel(workers: 1, harbor: harbor, observer: DiscardingObserver(), wakeMonitor: {})
        kernel.add(turns)
        kernel.workers[0].drive(by: thread)
        let sockets = SocketDriver(
            loops: [SocketLoop(number: 0)],
            sink: DiscardingSink(),
            observer: NoSocketObserver()
        )
        host = LuaHost(
            kernel: kernel,
            sockets: sockets,
            environment: NodeEnvironment(settings),
            nativeServices: NativeServices()
        )
        let recorder = logger
        let address = try #require(kernel.launch { _ in recorder })
        #expect(kernel.bind("logger", to: address))
    }

    deinit {
        kernel.retireAll()
        run()
        try? FileManager.default.removeItem(at: folder)
    }

    private static let loader = """
        core = require "skynet.core"
        function equal(wanted, ...)
            local found = table.pack(...)
            if type(wanted) ~= "table" then wanted = { wanted, n = 1 } end
            wanted.n = wanted.n or #wanted
            if found.n ~= wanted.n then error(found.n .. " values, expected " .. wanted.n, 2) end
            for i = 1, wanted.n do
                if found[i] ~= wanted[i] or math.type(found[i]) ~= math.type(wanted[i]) then
                    error(tostring(found[i]) .. ", expected " .. tostring(wanted[i]), 2)
                end
            end
        end
        function fails(wanted, f, ...)
            local ok, text = pcall(f, ...)
            if ok or not tostring(text):find(wanted, 1, true) then error(tostring(text), 2) end
        end
        nothing = { n = 0 }
        assert(load((...), "=script"))()
        """

    /// Runs a script in a service of its own until nothing is left to do; fails the test when the script does.
    @discardableResult
    func script(_ source: String, sourceLocation: SourceLocation = #_sourceLocation) -> ServiceHandle {
        let handle = host.launch("snlua", source, as: .none)
        run()
        for line in logger.lines where line.contains("lua loader error") || line.contains("lua call [") {
            Issue.record("\(line)", sourceLocation: sourceLocation)
        }
        return handle ?? .none
    }

    func run() {
        while kernel.workers[0].run(on: turns) == .more {}
    }

    /// What was logged, without what every launch logs.
    var log: [String] { logger.lines.filter { !$0.hasPrefix("LAUNCH ") } }

    /// What launches logged.
    var launches: [String] { logger.lines.filter { $0.hasPrefix("LAUNCH ") } }

    /// Lets a service run as soon as anybody could run it, in the middle of what made it ready.
    func runAtOnce() {
        let (kernel, turns) = (kernel, turns)
        thread.onWake.withLock { $0 = { while kernel.workers[0].run(on: turns) == .more {} } }
    }

    /// A native service that writes down what it receives.
    func recorder() throws -> (handle: ServiceHandle, recorder: LineRecorder) {
        let recorder = LineRecorder()
        return (try #require(kernel.launch { _ in recorder }), recorder)
    }
}

/// Writes down the text of every message.
final class LineRecorder: Service {
    private let kept = Mutex<[String]>([])
    private let sessionsKept = Mutex<[Int32]>([])
    private let typesKept = Mutex<[MessageType]>([])

    var lines: [String] { kept.withLock { $0 } }
    var sessions: [Int32] { sessionsKept.withLock { $0 } }
    var types: [MessageType] { typesKept.withLock { $0 } }

    func receive(_ message: consuming Message, on worker: Worker) -> TurnOutcome {
        sessionsKept.withLock { $0.append(message.session) }
        typesKept.withLock { $0.append(message.type) }
        kept.withLock { $0.append(String(decoding: message.payload.bytes, as: UTF8.self)) }
        return .finished
    }

    func retire() {}
}

private final class IdleHolder: WorkerHolder {
    let onWake = Mutex<(@Sendable () -> Void)?>(nil)

    func wake(after delay: UInt64) { onWake.withLock { $0 }?() }
}

private struct DiscardingSink: SocketEventSink {
    func receive(_ event: consuming SocketEvent, for owner: SocketOwner, loop: Int) -> Bool { true }
}

private struct DiscardingObserver: KernelObserver {
    func mailboxOverloaded(_ handle: ServiceHandle, waiting: Int) {}
    func mailboxHasRoom(_ handle: ServiceHandle) {}
    func messageEndless(from source: ServiceHandle, to handle: ServiceHandle, version: Int) {}
    func messageDropped(_ message: consuming Message) {}
    func kernelEmptied() {}
}
