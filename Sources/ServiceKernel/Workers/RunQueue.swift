// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import DequeModule

/// Ready services: those that run, and behind them those that are to be started.
///
/// A start takes as long as hundreds of messages, and a thousand may be wanted at once; whoever has a message does not
/// wait behind all of them.
struct RunQueue: ~Copyable {
    private var ready = UniqueDeque<ServiceCell>()
    private var starting = UniqueDeque<ServiceCell>()

    var isEmpty: Bool { ready.isEmpty && starting.isEmpty }

    mutating func append(_ cell: ServiceCell) { ready.append(cell) }

    mutating func appendStarting(_ cell: ServiceCell) { starting.append(cell) }

    @inline(__always)
    mutating func popFirst() -> ServiceCell? {
        if let cell = ready.popFirst() { return cell }
        return starting.popFirst()
    }

    mutating func popStarting() -> ServiceCell? { starting.popFirst() }
}
