// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Testing

@Suite struct KernelClockTests {
    @Test func `ticks are counted from the hundredths of the second of the start`() {
        let clock = KernelClock()
        // A machine under load may be slow between the two lines.
        #expect(clock.now < 100 + 3000)
        #expect(clock.tick(at: clock.nanoseconds(ofTick: 1234)) == 1234)
    }

    @Test func `a tick begins where the one before it ends`() {
        let clock = KernelClock()
        for tick: UInt64 in [100, 101, 5000, 1 << 31] {
            let begin = clock.nanoseconds(ofTick: tick)
            #expect(clock.tick(at: begin) == tick)
            #expect(clock.tick(at: begin - 1) == tick - 1)
            #expect(clock.nanoseconds(ofTick: tick + 1) == begin + KernelClock.tick)
        }
    }

    @Test func `time does not go back`() {
        let clock = KernelClock()
        var (last, tick) = (KernelClock.nanoseconds, clock.now)
        for _ in 0..<1000 {
            let (next, nextTick) = (KernelClock.nanoseconds, clock.now)
            #expect(next >= last && nextTick >= tick)
            (last, tick) = (next, nextTick)
        }
    }
}
