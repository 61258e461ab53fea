// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Clients that begin a handshake and never end it.
struct StallLoad {
    private let configuration: LoadConfiguration

    init(_ configuration: LoadConfiguration) {
        self.configuration = configuration
    }

    func run() throws(LoadError) -> LoadReport {
        let dialer = try Dialer(configuration)
        let meter = try Meter(server: configuration.serverProcesses)
        var descriptors: [CInt] = []
        defer { for descriptor in descriptors { SystemCalls.close(descriptor) } }
        while descriptors.count < configuration.connections {
            descriptors.append(try dialer.stall(from: dialer.sourceAddress(of: descriptors.count)))
        }
        SystemCalls.sleep(seconds: configuration.warmup)
        // What they cost is measured while all of them are there, and who is left at the end of the time.
        let held = descriptors.count { !SystemCalls.hasEnded($0) }
        let costs = try meter.finish()
        SystemCalls.sleep(seconds: configuration.seconds)
        let left = descriptors.count { !SystemCalls.hasEnded($0) }
        var report = LoadReport(.stall, count: left, latency: LatencyHistogram(), costs: costs)
        report.held = held
        return report
    }
}
