// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// The node's clocks. Everything is monotonic; wall time is read once, at the start.
public struct KernelClock: Sendable {
    /// Nanoseconds of one tick, skynet's centisecond.
    public static let tick: UInt64 = 10_000_000

    /// UNIX seconds when the node started.
    public let startSeconds: Int
    /// Ticks are counted from the hundredths of the wall clock second of the start, so that `startSeconds` and ticks
    /// add up to wall time.
    private let firstTick: UInt64
    private let origin: UInt64

    public init() {
        let wall = Self.read(CLOCK_REALTIME)
        startSeconds = Int(wall / 1_000_000_000)
        firstTick = wall % 1_000_000_000 / Self.tick
        origin = Self.read(CLOCK_MONOTONIC)
    }

    /// Nanoseconds of the monotonic clock.
    @inline(__always)
    public static var nanoseconds: UInt64 { read(CLOCK_MONOTONIC) }

    /// Ticks since the start of the node.
    public var now: UInt64 { tick(at: Self.nanoseconds) }

    public func tick(at nanoseconds: UInt64) -> UInt64 { firstTick + (nanoseconds - origin) / Self.tick }

    /// When a tick begins, in nanoseconds of the monotonic clock.
    public func nanoseconds(ofTick tick: UInt64) -> UInt64 { origin + (tick - firstTick) * Self.tick }

    @inline(__always)
    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
