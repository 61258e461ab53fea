// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Testing

@Suite struct OverloadGaugeTests {
    /// Which of the measures are worth a report.
    private static func reports(_ measures: Int...) -> [Int] {
        var gauge = OverloadGauge()
        return measures.filter { gauge.measure($0) }
    }

    @Test func `more than 1024 waiting messages are reported, 1024 are not`() {
        #expect(Self.reports(1, 1023, 1024) == [])
        #expect(Self.reports(1025) == [1025])
    }

    @Test func `the next report comes above the doubled threshold`() {
        #expect(Self.reports(1025, 1026, 2048, 2049, 4096, 4097) == [1025, 2049, 4097])
    }

    @Test func `the threshold doubles until it is no less than what was measured`() {
        #expect(Self.reports(5000, 8192, 8193) == [5000, 8193])
    }

    @Test func `a shorter mailbox does not lower the threshold, an empty one does`() {
        #expect(Self.reports(1500, 1, 1500) == [1500])
        #expect(Self.reports(1500, 0, 1500) == [1500, 1500])
    }
}
