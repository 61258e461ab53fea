// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

/// Watches the server's processes and our own over the measured time.
struct Meter {
    private let server: [Int32]
    private let started: UInt64
    private let ownAtStart: ProcessSample
    let serverAtStart: ProcessSample?

    init(server: [Int32]) throws(LoadError) {
        self.server = server
        ownAtStart = try ProcessSample(process: getpid())
        serverAtStart = try Self.sample(server)
        started = SystemCalls.now()
    }

    func finish() throws(LoadError) -> LoadCosts {
        let seconds = Double(SystemCalls.now() - started) / 1e9
        let serverNow = try Self.sample(server)
        let ownNow = try ProcessSample(process: getpid())
        var costs = LoadCosts(seconds: seconds, client: ProcessCosts(from: ownAtStart, to: ownNow))
        if let serverAtStart, let serverNow { costs.server = ProcessCosts(from: serverAtStart, to: serverNow) }
        return costs
    }

    private static func sample(_ processes: [Int32]) throws(LoadError) -> ProcessSample? {
        guard let first = processes.first else { return nil }
        var sum = try ProcessSample(process: first)
        for process in processes.dropFirst() { sum.add(try ProcessSample(process: process)) }
        return sum
    }
}
