// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// How long a peer has said nothing, and when to ask whether it is there.
struct PeerSilence {
    enum Action: Equatable {
        /// It spoke; look again at that time.
        case wait(until: UInt64)
        /// Ask it, and look again at that time.
        case ping(until: UInt64)
        /// It had as long again to answer.
        case gone
    }

    /// Nanoseconds.
    private let interval: UInt64
    private var due: UInt64
    private var isPinged = false

    /// The times are nanoseconds of one monotonic clock.
    init(interval: UInt64, at now: UInt64) {
        // A hundred years, so that no sum overflows.
        self.interval = min(interval, 3_155_760_000_000_000_000)
        due = now + self.interval
    }

    mutating func heard(at now: UInt64) {
        due = now + interval
        isPinged = false
    }

    mutating func look(at now: UInt64) -> Action {
        if now < due { return .wait(until: due) }
        if isPinged { return .gone }
        isPinged = true
        due = now + interval
        return .ping(until: due)
    }
}
