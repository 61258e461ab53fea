// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Clients that connect, see one packet echoed and leave, as fast as they are served.
struct ConnectLoad: ~Copyable {
    private let configuration: LoadConfiguration
    private var connector: Connector
    /// How many of those that were served took up the session of one before.
    private var resumed = 0

    init(_ configuration: LoadConfiguration) throws(LoadError) {
        connector = try Connector(configuration, concurrency: configuration.connections)
        self.configuration = configuration
    }

    mutating func run() throws(LoadError) -> LoadReport {
        _ = try serve(seconds: configuration.warmup)
        let meter = try Meter(server: configuration.serverProcesses)
        resumed = 0
        let latency = try serve(seconds: configuration.seconds)
        var report = try LoadReport(.connect, count: latency.count, latency: latency, costs: meter.finish())
        if configuration.target.transport.isEncrypted { report.resumed = resumed }
        return report
    }

    private mutating func serve(seconds: Double) throws(LoadError) -> LatencyHistogram {
        let end = SystemCalls.now() + UInt64(seconds * 1e9)
        var latency = LatencyHistogram()
        while SystemCalls.now() < end {
            try connector.connect(upTo: .max)
            for client in try connector.waitForEchoes() {
                latency.record(client.nanoseconds)
                if client.link.isResumed { resumed += 1 }
                client.link.close()
            }
        }
        return latency
    }
}
