// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Tells when a mailbox has grown too long: above 1024 waiting messages, then at every doubling, until it was empty.
public struct OverloadGauge: Sendable {
    private static let first = 1024
    private var threshold = first

    public init() {}

    /// Answers whether `waiting` messages are worth a report.
    @inline(__always)
    public mutating func measure(_ waiting: Int) -> Bool {
        if waiting <= threshold {
            if waiting == 0 { threshold = Self.first }
            return false
        }
        while threshold < waiting { threshold *= 2 }
        return true
    }
}
