// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// Schemas that all services of the process share without copying, by number.
enum SprotoSlots {
    private static let slots = Mutex<[SprotoSchema?]>(Array(repeating: nil, count: 16))

    /// Whether there is such a slot.
    static func exists(_ number: Int) -> Bool { (0..<16).contains(number) }

    static func save(_ schema: SprotoSchema, in number: Int) { slots.withLock { $0[number] = schema } }

    static func load(_ number: Int) -> SprotoSchema? { slots.withLock { $0[number] } }
}
