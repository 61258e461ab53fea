// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Clients that connect, are served once, and then keep still while the server is watched.
struct IdleLoad {
    private let configuration: LoadConfiguration

    init(_ configuration: LoadConfiguration) throws(LoadError) {
        self.configuration = configuration
    }

    func run() throws(LoadError) -> LoadReport {
        let arriving = try Meter(server: configuration.serverProcess)
        let crowd = try Crowd(configuration, count: configuration.connections)
        defer { crowd.leave() }
        SystemCalls.sleep(seconds: configuration.warmup)
        let meter = try Meter(server: configuration.serverProcess)
        SystemCalls.sleep(seconds: configuration.seconds)
        var costs = try meter.finish()
        // What the clients weigh is seen from before they came; what they cost, while they are still.
        costs.server?.residentBefore = arriving.serverAtStart?.residentBytes ?? 0
        return LoadReport(.idle, count: crowd.quietCount, latency: LatencyHistogram(), costs: costs)
    }
}
