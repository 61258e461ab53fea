// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime
internal import Synchronization

/// With `checkbuffers = true`: every block that Lua holds, and where it got it.
///
/// Turns a double free, a use after free and a foreign address into Lua errors that name the place. Off, it costs one
/// load and a branch a buffer.
public final class BufferLedger: Sendable {
    private enum Entry {
        case lent(count: Int, place: String)
        case returned(place: String)
        /// The body of the message in hand: to be read, not to be freed.
        case shown
    }

    private let entries = Mutex<[UInt: Entry]>([:])

    /// The ledger of the process; set once, before any service runs.
    nonisolated(unsafe) public static var current: BufferLedger?

    @inlinable @inline(__always)
    static var isKept: Bool { current != nil }

    public init() {}

    /// Blocks Lua holds, with the places that got them.
    public var outstanding: [(count: Int, place: String)] {
        entries.withLock { entries in
            entries.values.compactMap { entry in
                if case .lent(let count, let place) = entry { return (count, place) }
                return nil
            }
        }
    }

    func lend(_ pointer: UnsafeMutableRawPointer?, _ count: Int, place: String) {
        guard let pointer else { return }
        entries.withLock { $0[UInt(bitPattern: pointer)] = .lent(count: count, place: place) }
    }

    /// A message body is shown to its handler; in forward mode it is the handler's own.
    func show(_ pointer: UnsafeMutableRawPointer?, _ count: Int, lent: Bool) {
        guard let pointer else { return }
        let entry = lent ? Entry.lent(count: count, place: "a forwarded message") : .shown
        entries.withLock { $0[UInt(bitPattern: pointer)] = entry }
    }

    /// The handler has ended; the body is about to be freed.
    func hide(_ pointer: UnsafeMutableRawPointer) {
        entries.withLock { $0[UInt(bitPattern: pointer)] = nil }
    }

    func takeBack(_ pointer: UnsafeMutableRawPointer?, _ index: Int32) throws(LuaError) {
        try look(pointer, index, returning: true)
    }

    func examine(_ pointer: UnsafeMutableRawPointer?, _ index: Int32) throws(LuaError) {
        try look(pointer, index, returning: false)
    }

    private func look(_ pointer: UnsafeMutableRawPointer?, _ index: Int32, returning: Bool) throws(LuaError) {
        guard let pointer else { return }
        let fault: String? = entries.withLock { entries in
            switch entries[UInt(bitPattern: pointer)] {
            case .lent(_, let place):
                if returning { entries[UInt(bitPattern: pointer)] = .returned(place: place) }
                return nil
            case .returned(let place):
                return "buffer \(pointer) was given back already (it came from \(place))"
            case .shown:
                return returning ? "buffer \(pointer) is the body of the message in hand, which the runtime frees" : nil
            case nil:
                return "\(pointer) is no buffer of this node"
            }
        }
        if let fault { throw LuaError.argument(index, fault) }
    }
}

// Kept out of the functions that call them: without a ledger they are a load and a branch there, and nothing else.
extension LuaStack {
    @usableFromInline @inline(never)
    func noteLent(_ pointer: UnsafeMutableRawPointer?, _ count: Int) {
        BufferLedger.current?.lend(pointer, count, place: place(level: 1))
    }

    @usableFromInline @inline(never)
    func noteReturned(_ pointer: UnsafeMutableRawPointer?, _ index: Int32) throws(LuaError) {
        try BufferLedger.current?.takeBack(pointer, index)
    }

    @usableFromInline @inline(never)
    func noteBorrowed(_ pointer: UnsafeMutableRawPointer?, _ index: Int32) throws(LuaError) {
        try BufferLedger.current?.examine(pointer, index)
    }
}
