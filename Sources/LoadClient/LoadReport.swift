// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The figures of one run.
public struct LoadReport: Sendable {
    public var mode: LoadConfiguration.Mode
    /// Packets echoed, connects served, or clients that are left, by mode.
    public var count: Int
    /// How long each packet or connect took, in nanoseconds.
    public var latency: LatencyHistogram
    public var costs: LoadCosts
    /// How many connects took up the session of one before, where there is TLS.
    public var resumed: Int?
    /// How many stalled clients were there at once.
    public var held: Int?

    init(_ mode: LoadConfiguration.Mode, count: Int, latency: LatencyHistogram, costs: LoadCosts) {
        self.mode = mode
        self.count = count
        self.latency = latency
        self.costs = costs
    }

    /// Every figure under its name, unit included; what both renderings below are made of.
    public var figures: [(name: String, value: Double)] {
        var figures = [("count", Double(count)), ("seconds", costs.seconds)]
        if let resumed { figures.append(("resumed", Double(resumed))) }
        if let held { figures.append(("held", Double(held))) }
        if mode == .echo || mode == .connect {
            figures += [("perSecond", Double(count) / costs.seconds)] + latencyFigures
        }
        figures += processFigures(costs.client, named: "client")
        if let server = costs.server { figures += processFigures(server, named: "server") }
        return figures.map { (name: $0.0, value: $0.1) }
    }

    /// One line of JSON.
    public var json: String {
        "{" + figures.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    /// One line a figure.
    public var text: String {
        let width = figures.map(\.name.count).max() ?? 0
        return figures.map { figure in
            let padding = String(repeating: " ", count: width - figure.name.count + 2)
            return "\(figure.name)\(padding)\((figure.value * 1_000).rounded() / 1_000)"
        }.joined(separator: "\n")
    }

    private var latencyFigures: [(String, Double)] {
        let percentiles = [("p50Microseconds", 50.0), ("p90Microseconds", 90), ("p99Microseconds", 99)]
        return percentiles.map { ($0.0, Double(latency.percentile($0.1)) / 1_000) }
            + [("maxMicroseconds", Double(latency.maximum) / 1_000)]
    }

    private func processFigures(_ costs: ProcessCosts, named name: String) -> [(String, Double)] {
        let each = Double(max(count, 1))
        return [
            ("\(name)CPUMicroseconds", Double(costs.cpuNanoseconds) / 1_000),
            ("\(name)CPUMicrosecondsEach", Double(costs.cpuNanoseconds) / 1_000 / each),
            ("\(name)VoluntarySwitches", Double(costs.voluntarySwitches)),
            ("\(name)VoluntarySwitchesEach", Double(costs.voluntarySwitches) / each),
            ("\(name)InvoluntarySwitches", Double(costs.involuntarySwitches)),
            ("\(name)ResidentBytesBefore", Double(costs.residentBefore)),
            ("\(name)ResidentBytesAfter", Double(costs.residentAfter)),
            ("\(name)Threads", Double(costs.threads)),
        ]
    }
}
