// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// When each packet under way was sent, oldest first; a ring, because echoes come in the order of the packets.
struct SendTimes {
    private var times: [UInt64]
    private var oldest = 0

    /// Begins with all packets under way at once, sent at `now`.
    init(count: Int, now: UInt64) {
        times = Array(repeating: now, count: count)
    }

    /// The oldest packet came back and a new one left, both at `now`; returns how long the old one was away.
    mutating func replaceOldest(at now: UInt64) -> UInt64 {
        let sent = times[oldest]
        times[oldest] = now
        oldest = oldest + 1 == times.count ? 0 : oldest + 1
        return now - sent
    }
}
