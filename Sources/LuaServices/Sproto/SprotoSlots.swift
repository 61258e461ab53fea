// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// Schemas that all services of the process share without copying, by slot.
///
/// A slot keeps its schema whoever deletes it elsewhere.
enum SprotoSlots {
    /// A schema and the number scripts know it by.
    struct Saved {
        let schema: SprotoSchema
        let number: Int
    }

    private static let slots = Mutex<[Saved?]>(Array(repeating: nil, count: 16))

    /// Whether there is such a slot.
    static func exists(_ slot: Int) -> Bool { (0..<16).contains(slot) }

    /// Fills a slot, or empties it.
    static func save(_ saved: Saved?, in slot: Int) { slots.withLock { $0[slot] = saved } }

    static func load(_ slot: Int) -> Saved? { slots.withLock { $0[slot] } }
}
