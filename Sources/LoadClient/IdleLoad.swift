// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Clients that connect, are served once, and then keep still while the server is watched.
struct IdleLoad {
    private let configuration: LoadConfiguration

    init(_ configuration: LoadConfiguration) throws(LoadError) {
        self.configuration = configuration
    }

    func run() throws(LoadError) -> LoadReport {
        let connecting = try Meter(server: configuration.serverProcesses)
        let idle = try IdleConnections(configuration, count: configuration.connections)
        defer { idle.closeAll() }
        SystemCalls.sleep(seconds: configuration.warmup)
        let meter = try Meter(server: configuration.serverProcesses)
        SystemCalls.sleep(seconds: configuration.seconds)
        var costs = try meter.finish()
        // The memory of the clients is counted from before they connected; their CPU only while they are idle.
        costs.server?.residentBefore = connecting.serverAtStart?.residentBytes ?? 0
        return LoadReport(.idle, count: idle.idleCount, latency: LatencyHistogram(), costs: costs)
    }
}
