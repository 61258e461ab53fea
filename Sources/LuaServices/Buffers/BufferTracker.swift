// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime
internal import ServiceKernel
internal import Synchronization

/// With `checkbuffers = true`: every block that Lua holds, how large it is, where it was got and by which service.
///
/// Turns a double free, a use after free, a foreign address and a size beyond the block into Lua errors that name the
/// place, and tells at the end of a service what it never gave back. Off, it costs one load and a branch a buffer.
public final class BufferTracker: Sendable {
    /// The address of a service; 0 is nobody: code outside of services, or whoever got an address that was sent on.
    public typealias Owner = UInt32

    private enum Entry {
        case lent(count: Int, place: String, owner: Owner)
        case returned(place: String)
        /// The body of the message in hand: to be read, not to be freed.
        case shown(count: Int)
    }

    private let entries = Mutex<[UInt: Entry]>([:])

    /// The tracker of the process; set once, before any service runs.
    nonisolated(unsafe) public static var current: BufferTracker?

    @inlinable @inline(__always)
    static var isOn: Bool { current != nil }

    public init() {}

    /// Blocks Lua holds, with the places that got them.
    public var outstanding: [(count: Int, place: String)] {
        entries.withLock { entries in
            entries.values.compactMap { entry in
                if case .lent(let count, let place, _) = entry { return (count, place) }
                return nil
            }
        }
    }

    func lend(_ pointer: UnsafeMutableRawPointer?, _ count: Int, place: String, to owner: Owner) {
        guard let pointer else { return }
        entries.withLock { $0[UInt(bitPattern: pointer)] = .lent(count: count, place: place, owner: owner) }
    }

    /// A message body is shown to its handler; in forward mode it is the handler's own.
    func show(_ pointer: UnsafeMutableRawPointer?, _ count: Int, forwardedTo owner: Owner? = nil) {
        guard let pointer else { return }
        let entry =
            if let owner {
                Entry.lent(count: count, place: "a forwarded message", owner: owner)
            } else {
                Entry.shown(count: count)
            }
        entries.withLock { $0[UInt(bitPattern: pointer)] = entry }
    }

    /// The handler has ended; the body is about to be freed.
    func hide(_ pointer: UnsafeMutableRawPointer) {
        entries.withLock { $0[UInt(bitPattern: pointer)] = nil }
    }

    /// The address of a block was packed into a message: who has it from now on, and whether to keep or to read, only the
    /// scripts know.
    func sendOn(_ pointer: UnsafeMutableRawPointer?) {
        guard let pointer else { return }
        entries.withLock { entries in
            guard case .lent(let count, let place, _) = entries[UInt(bitPattern: pointer)] else { return }
            entries[UInt(bitPattern: pointer)] = .lent(count: count, place: place, owner: 0)
        }
    }

    func takeBack(_ pointer: UnsafeMutableRawPointer?, _ count: Int, _ index: Int32) throws(LuaError) {
        try look(pointer, count, index, returning: true)
    }

    func examine(_ pointer: UnsafeMutableRawPointer?, _ count: Int, _ index: Int32) throws(LuaError) {
        try look(pointer, count, index, returning: false)
    }
}

extension BufferTracker {
    private func look(
        _ pointer: UnsafeMutableRawPointer?,
        _ count: Int,
        _ index: Int32,
        returning: Bool
    ) throws(LuaError) {
        guard let pointer else { return }
        let error: LuaError? = entries.withLock { entries in
            let entry = entries[UInt(bitPattern: pointer)]
            if let fault = Self.fault(of: entry, pointer, returning: returning) { return .argument(index, fault) }
            if let fault = Self.fault(of: entry, pointer, size: count) { return .argument(index + 1, fault) }
            if returning, case .lent(_, let place, _) = entry {
                entries[UInt(bitPattern: pointer)] = .returned(place: place)
            }
            return nil
        }
        if let error { throw error }
    }

    private static func fault(of entry: Entry?, _ pointer: UnsafeMutableRawPointer, returning: Bool) -> String? {
        switch entry {
        case .lent: nil
        case .returned(let place): "buffer \(pointer) was given back already (it came from \(place))"
        case .shown: returning ? "buffer \(pointer) is the body of the message in hand, which the runtime frees" : nil
        case nil: "\(pointer) is no buffer of this node"
        }
    }

    /// Less than the whole block may be asked for, as scripts do that cut packets.
    private static func fault(of entry: Entry?, _ pointer: UnsafeMutableRawPointer, size: Int) -> String? {
        switch entry {
        case .lent(let count, let place, _) where size > count:
            "size \(size) exceeds buffer \(pointer) of \(count) bytes (it came from \(place))"
        case .shown(let count) where size > count:
            "size \(size) exceeds buffer \(pointer) of \(count) bytes, the body of the message in hand"
        case .lent, .shown, .returned, nil: nil
        }
    }
}

/// Blocks of one place that a service had when it ended.
struct BufferLeak: Equatable {
    let place: String
    var buffers: Int
    var bytes: Int

    var text: String {
        "\(buffers) \(buffers == 1 ? "buffer" : "buffers") (\(bytes) bytes) never given back, got at \(place)"
    }
}

extension BufferTracker {
    /// What a service that has ended never gave back, in the order of the places. It is told once.
    func leaks(of owner: Owner) -> [BufferLeak] {
        let leaks = entries.withLock { entries in
            var leaks: [String: BufferLeak] = [:]
            for (address, entry) in entries {
                guard case .lent(let count, let place, owner) = entry else { continue }
                entries[address] = .lent(count: count, place: place, owner: 0)
                leaks[place, default: BufferLeak(place: place, buffers: 0, bytes: 0)].buffers += 1
                leaks[place]?.bytes += count
            }
            return leaks
        }
        return leaks.values.sorted { $0.place < $1.place }
    }
}

// Kept out of the functions that call them: without a tracker they are a load and a branch there, and nothing else.
extension LuaStack {
    private var bufferOwner: BufferTracker.Owner { owner(as: LuaService.self)?.handle.rawValue ?? 0 }

    @usableFromInline @inline(never)
    func noteLent(_ pointer: UnsafeMutableRawPointer?, _ count: Int) {
        BufferTracker.current?.lend(pointer, count, place: place(level: 1), to: bufferOwner)
    }

    @usableFromInline @inline(never)
    func noteReturned(_ pointer: UnsafeMutableRawPointer?, _ count: Int, _ index: Int32) throws(LuaError) {
        try BufferTracker.current?.takeBack(pointer, count, index)
    }

    @usableFromInline @inline(never)
    func noteBorrowed(_ pointer: UnsafeMutableRawPointer?, _ count: Int, _ index: Int32) throws(LuaError) {
        try BufferTracker.current?.examine(pointer, count, index)
    }

    @inline(never)
    func noteSentOn(_ pointer: UnsafeMutableRawPointer?) { BufferTracker.current?.sendOn(pointer) }
}
