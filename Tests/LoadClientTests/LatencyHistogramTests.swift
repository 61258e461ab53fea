// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import LoadClient

@Suite struct LatencyHistogramTests {
    @Test func emptyHistogramAnswersZero() {
        #expect(LatencyHistogram().percentile(99) == 0)
    }

    @Test func smallValuesAreExact() {
        var histogram = LatencyHistogram()
        for value in 1...50 { histogram.record(UInt64(value)) }
        #expect(histogram.percentile(50) == 25)
        #expect(histogram.percentile(100) == 50)
    }

    @Test(arguments: [100, 4_095, 4_096, 65_537, 1_000_000, 123_456_789_012])
    func largeValuesAreWithinOnePartIn64(value: UInt64) {
        var histogram = LatencyHistogram()
        histogram.record(value)
        histogram.record(value * 1_000)
        let median = histogram.percentile(50)
        #expect(median >= value)
        #expect(median <= value + value / 64 + 1)
    }

    @Test func maximumIsExactAndBoundsEveryPercentile() {
        var histogram = LatencyHistogram()
        histogram.record(1_000_003)
        #expect(histogram.maximum == 1_000_003)
        #expect(histogram.percentile(99) == 1_000_003)
    }

    @Test func largestPossibleValueHasABucket() {
        var histogram = LatencyHistogram()
        histogram.record(.max)
        #expect(histogram.percentile(50) == .max)
    }
}
