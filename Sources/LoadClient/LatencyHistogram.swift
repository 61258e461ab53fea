// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Counts durations in nanoseconds in buckets of one part in 64, so that millions of them cost no memory.
public struct LatencyHistogram: Sendable {
    private static let precisionBits = 6
    private static let bucketsPerOctave = 1 << precisionBits

    private var buckets: [Int]
    public private(set) var count = 0
    /// The longest duration, exactly.
    public private(set) var maximum: UInt64 = 0

    public init() {
        let octaves = UInt64.bitWidth - Self.precisionBits + 1
        buckets = Array(repeating: 0, count: octaves * Self.bucketsPerOctave)
    }

    public mutating func record(_ nanoseconds: UInt64) {
        buckets[Self.bucket(of: nanoseconds)] += 1
        count += 1
        maximum = max(maximum, nanoseconds)
    }

    /// The duration that `percent` of all recorded ones do not exceed; 0 when none was recorded.
    public func percentile(_ percent: Double) -> UInt64 {
        let rank = max(1, Int((Double(count) * percent / 100).rounded(.up)))
        var seen = 0
        for (index, bucketCount) in buckets.enumerated() {
            seen += bucketCount
            if seen >= rank { return min(Self.highest(in: index), maximum) }
        }
        return maximum
    }

    /// Values below 64 have a bucket each; above, the leading bit picks the octave and the next six the bucket.
    private static func bucket(of value: UInt64) -> Int {
        guard value >= bucketsPerOctave else { return Int(value) }
        let shift = UInt64.bitWidth - 1 - value.leadingZeroBitCount - precisionBits
        return (shift + 1) * bucketsPerOctave + Int(value >> UInt64(shift)) - bucketsPerOctave
    }

    private static func highest(in bucket: Int) -> UInt64 {
        guard bucket >= bucketsPerOctave else { return UInt64(bucket) }
        let shift = UInt64(bucket / bucketsPerOctave - 1)
        let leading = UInt64(bucket % bucketsPerOctave + bucketsPerOctave)
        return (leading << shift) + ((1 << shift) - 1)
    }
}
