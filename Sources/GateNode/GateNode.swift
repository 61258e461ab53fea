// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaServices
public import ServiceLifecycle

/// One running node.
///
/// The room's face: composes kernel, sockets and services from a configuration, starts the log service and the first
/// service, and ends when the last service is gone or a graceful shutdown is asked for.
public struct GateNode: ServiceLifecycle.Service {
    private let configuration: NodeConfiguration

    public init(configuration: NodeConfiguration) { self.configuration = configuration }

    /// Runs the node to its end.
    ///
    /// - Throws: ``NodeError`` when the log service, the first service, or the service `start` cannot be started.
    public func run() async throws {
        let assembly = NodeAssembly(configuration)
        do {
            try assembly.launchFirstServices()
            await withGracefulShutdownHandler {
                async let _: Void = assembly.reopenLogAtHangUp()
                await assembly.ended()
            } onGracefulShutdown: {
                assembly.retireServices()
            }
        } catch {
            await assembly.dismantle()
            throw error
        }
        await assembly.dismantle()
        if let reason = assembly.host.failure { throw NodeError(reason) }
    }
}

/// Why a node ended before its time; one sentence.
public struct NodeError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
