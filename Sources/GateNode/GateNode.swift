// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaServices
public import ServiceLifecycle
import Synchronization
import UnixSignals

/// One running node.
///
/// The room's face: composes kernel, sockets and services from a configuration, starts the log service and the first
/// service, and ends when the last service is gone or a graceful shutdown is asked for.
public struct GateNode: ServiceLifecycle.Service {
    private let configuration: NodeConfiguration
    private let name: String
    private let launched: @Sendable () -> Void
    private let end = NodeEnd()

    /// - Parameters:
    ///   - name: what the first and the last line of the log call the program, with its version.
    ///   - launched: called when the log is open and the first service has its address; what goes wrong later is told in
    ///     the log.
    public init(
        configuration: NodeConfiguration,
        name: String = "swiftgate",
        launched: @escaping @Sendable () -> Void = {}
    ) {
        self.configuration = configuration
        self.name = name
        self.launched = launched
    }

    /// Runs the node to its end.
    ///
    /// - Throws: ``NodeError`` when the log service, the first service, or the service `start` cannot be started.
    public func run() async throws {
        // Before there is anything that could tell others of the node: a signal that nobody waits for would end it.
        let hangUps = await UnixSignalsSequence(trapping: .sighup)
        let assembly = NodeAssembly(configuration, end: end)
        do { try assembly.launchFirstServices(name: name) } catch {
            await assembly.dismantle()
            throw error
        }
        launched()
        // Also while the node is ending.
        async let _: Void = assembly.reopenLog(at: hangUps)
        await withGracefulShutdownHandler {
            await end.asked.wait()
        } onGracefulShutdown: {
            stop(because: "its program ends")
        }
        await assembly.drain()
        await assembly.dismantle()
        if let reason = end.failure { throw NodeError(reason) }
    }

    /// Asks the node to end, in words for its log.
    public func stop(because reason: String) { end.ask(NodeStop(reason: reason)) }
}

/// Why a node ended before its time; one sentence.
public struct NodeError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
