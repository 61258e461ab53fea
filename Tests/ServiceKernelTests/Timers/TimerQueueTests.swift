// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Testing

@Suite struct TimerQueueTests {
    private static func timer(_ session: Int32) -> TimerQueue.Timer {
        TimerQueue.Timer(handle: ServiceHandle(rawValue: 8), session: session)
    }

    /// The sessions that come out until `now`, tick by tick.
    private static func due(_ timers: inout TimerQueue, at now: UInt64) -> [[Int32]] {
        var ticks: [[Int32]] = []
        while let due = timers.popDue(at: now) { ticks.append(due.map(\.session)) }
        return ticks
    }

    @Test func `earlier ticks come first, however they were added`() {
        var timers = TimerQueue()
        for tick: Int32 in [30, 10, 20, 5] { timers.add(Self.timer(tick), at: UInt64(tick)) }
        #expect(timers.next == 5)
        #expect(Self.due(&timers, at: 100) == [[5], [10], [20], [30]])
        #expect(timers.next == nil)
    }

    @Test func `timers of one tick come in the order of their creation`() {
        var timers = TimerQueue()
        for session: Int32 in 1...5 {
            timers.add(Self.timer(session), at: 7)
            timers.add(Self.timer(session + 10), at: 6)
        }
        #expect(Self.due(&timers, at: 7) == [[11, 12, 13, 14, 15], [1, 2, 3, 4, 5]])
    }

    @Test func `what is not due stays`() {
        var timers = TimerQueue()
        timers.add(Self.timer(1), at: 10)
        timers.add(Self.timer(2), at: 11)
        #expect(timers.popDue(at: 9) == nil)
        #expect(Self.due(&timers, at: 10) == [[1]])
        #expect(timers.next == 11)
    }

    @Test func `a tick can be used again once it was taken`() {
        var timers = TimerQueue()
        timers.add(Self.timer(1), at: 3)
        #expect(Self.due(&timers, at: 3) == [[1]])
        timers.add(Self.timer(2), at: 3)
        #expect(Self.due(&timers, at: 3) == [[2]])
        #expect(timers.popDue(at: .max) == nil)
    }

    @Test func `any order of many timers comes out sorted and stable`() {
        var timers = TimerQueue()
        var expected: [UInt64: [Int32]] = [:]
        for session: Int32 in 0..<5000 {
            let tick = UInt64.random(in: 0..<200)
            timers.add(Self.timer(session), at: tick)
            expected[tick, default: []].append(session)
        }
        #expect(Self.due(&timers, at: 199) == expected.sorted { $0.key < $1.key }.map(\.value))
    }
}
