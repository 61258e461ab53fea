// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What the measured time cost client and server.
public struct LoadCosts: Sendable {
    public var seconds: Double
    public var client: ProcessCosts
    /// Absent when no server process was named.
    public var server: ProcessCosts?
}

/// What one process used during the measured time.
public struct ProcessCosts: Sendable {
    public var cpuNanoseconds: UInt64
    public var voluntarySwitches: UInt64
    public var involuntarySwitches: UInt64
    public var residentBefore: UInt64
    public var residentAfter: UInt64
    public var threads: Int

    /// A thread that ended in between takes its sum with it, so a difference may not be trusted to be positive.
    init(from start: ProcessSample, to end: ProcessSample) {
        func gain(_ field: KeyPath<ProcessSample, UInt64>) -> UInt64 {
            end[keyPath: field] - min(start[keyPath: field], end[keyPath: field])
        }
        cpuNanoseconds = gain(\.cpuNanoseconds)
        voluntarySwitches = gain(\.voluntarySwitches)
        involuntarySwitches = gain(\.involuntarySwitches)
        residentBefore = start.residentBytes
        residentAfter = end.residentBytes
        threads = end.threads
    }
}
