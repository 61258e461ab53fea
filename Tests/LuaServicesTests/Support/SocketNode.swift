// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import Foundation
import LuaRuntime
import ServiceKernel
import SocketDriver
import Synchronization
import Testing

@testable import LuaServices

/// A real socket driver, and a Lua state of a service that uses it. What would be messages are lines here.
final class SocketNode {
    private let holder = LoopHolder(SocketLoop(number: 0))
    private let log = SocketEventLog()
    private let host: LuaHost
    private let service: LuaService
    let lua: LuaState

    init() throws {
        let kernel = Kernel(workers: 1, harbor: 0, observer: SilentObserver(), wakeMonitor: {})
        let sockets = SocketDriver(loops: [holder.loop], sink: log, observer: NoSocketObserver())
        let holder = holder
        Thread { holder.hold() }.start()
        host = LuaHost(
            kernel: kernel,
            sockets: sockets,
            environment: NodeEnvironment([:]),
            nativeServices: NativeServices()
        )
        service = LuaService(
            ServiceParameters(handle: ServiceHandle(rawValue: 42), arguments: "", node: host, worker: nil)
        )
        lua = try LuaState(owner: service)
        try lua.openLibraries()
        SocketDriverModule.module.push(on: lua.stack)
        lua.stack.setGlobal("driver")
        try run(
            """
            function fails(expected, f, ...)
                local ok, text = pcall(f, ...)
                assert(not ok, "no error, expected: " .. expected)
                assert(text:find(expected, 1, true), text)
            end
            """
        )
    }

    func run(_ source: String) throws { try lua.run(source, chunkName: "=test") }

    func number(_ name: String) -> Int {
        lua.stack.pushGlobal(name)
        defer { lua.stack.pop() }
        return lua.stack.integer(-1) ?? -1
    }

    /// Waits for a line that begins so, and answers the rest of it. Other lines are kept for other waits.
    func event(_ beginning: String) async -> String { await log.line(beginning) }

    /// Waits until a socket has received as many bytes, and answers them.
    func received(_ id: Int, _ count: Int) async -> String {
        var text = ""
        while text.utf8.count < count, case let more = await event("data \(id) "), !more.isEmpty { text += more }
        return text
    }

    func end() async throws {
        await host.sockets.shutdownAll()
        await holder.stop()
    }
}

private final class SocketEventLog: SocketEventSink {
    private struct Waiter {
        let number: Int
        let beginning: String
        let continuation: CheckedContinuation<String, Never>
    }

    private struct State {
        var lines: [String] = []
        var waiters: [Waiter] = []
        var lastWaiter = 0
    }

    private let state = Mutex(State())

    func receive(_ event: consuming SocketEvent, for owner: SocketOwner, loop: Int) -> Bool {
        append(line(of: event))
        return true
    }

    private func line(of event: consuming SocketEvent) -> String {
        switch consume event {
        case .data(let id, let block):
            return "data \(id) " + String(decoding: block.bytes, as: UTF8.self)
        case .packet(let id, let block):
            return "packet \(id) " + String(decoding: block.bytes, as: UTF8.self)
        case .connected(let id, let detail, let port): return "connect \(id) \(detail) \(port)"
        case .closed(let id): return "close \(id)"
        case .accepted(let listener, let id, _): return "accept \(listener) \(id)"
        case .failed(let id, let reason): return "error \(id) \(reason)"
        case .datagram(let id, let block, let count):
            return "udp \(id) " + String(decoding: block.bytes.prefix(Int(count)), as: UTF8.self)
        case .warning(let id, let kibibytes): return "warning \(id) \(kibibytes)"
        }
    }

    private func append(_ line: String) {
        let waiter: Waiter? = state.withLock { state in
            guard let index = state.waiters.firstIndex(where: { line.hasPrefix($0.beginning) }) else {
                state.lines.append(line)
                return nil
            }
            return state.waiters.remove(at: index)
        }
        if let waiter { waiter.continuation.resume(returning: String(line.dropFirst(waiter.beginning.count))) }
    }

    /// A test that waits in vain fails after a minute, and goes on with an empty line.
    func line(_ beginning: String) async -> String {
        let number = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let timeout = Task {
            try await Task.sleep(for: .seconds(60))
            self.giveUp(number)
        }
        defer { timeout.cancel() }
        return await withCheckedContinuation { continuation in
            let line: String? = state.withLock { state in
                if let index = state.lines.firstIndex(where: { $0.hasPrefix(beginning) }) {
                    return state.lines.remove(at: index)
                }
                let waiter = Waiter(number: number, beginning: beginning, continuation: continuation)
                state.waiters.append(waiter)
                return nil
            }
            if let line { continuation.resume(returning: String(line.dropFirst(beginning.count))) }
        }
    }

    private func giveUp(_ number: Int) {
        let waiter: Waiter? = state.withLock { state in
            guard let index = state.waiters.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiters.remove(at: index)
        }
        guard let waiter else { return }
        Issue.record("no event begins with \"\(waiter.beginning)\"")
        waiter.continuation.resume(returning: "")
    }
}

private struct SilentObserver: KernelObserver {
    func mailboxOverloaded(_ handle: ServiceHandle, waiting: Int) {}
    func mailboxHasRoom(_ handle: ServiceHandle) {}
    func messageEndless(from source: ServiceHandle, to handle: ServiceHandle, version: Int) {}
    func messageDropped(_ message: consuming Message) {}
    func kernelEmptied() {}
}

/// Nobody reads what sockets have to say.
struct NoSocketObserver: SocketObserver {}
