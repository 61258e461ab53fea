// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// A value that one service writes and others read, each at its own pace.
final class SharedCell: Sendable {
    private let latest: Mutex<SharedBody?>

    init(_ body: SharedBody) { latest = Mutex(body) }

    /// The value; nil once the writer is gone.
    var value: SharedBody? { latest.withLock { $0 } }

    func replace(with body: SharedBody?) { latest.withLock { $0 = body } }
}

/// Tickets for things that travel between services as light userdata, each good for one use.
///
/// The number on a ticket is no address: whatever a script hands in, nothing worse than an error can come of it.
final class TicketTable<Thing: Sendable>: Sendable {
    private struct State: Sendable {
        var last: UInt = 0
        var things: [UInt: Thing] = [:]
    }

    private let state = Mutex(State())

    func issue(for thing: Thing) -> UInt {
        state.withLock { state in
            state.last += 1
            state.things[state.last] = thing
            return state.last
        }
    }

    /// What the ticket was for; it is void from now on.
    func redeem(_ ticket: UInt) -> Thing? { state.withLock { $0.things.removeValue(forKey: ticket) } }

    /// What the ticket is for; it stays good.
    func look(_ ticket: UInt) -> Thing? { state.withLock { $0.things[ticket] } }
}
