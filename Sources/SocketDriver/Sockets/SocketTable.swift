// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Numbers sockets and finds them again.
///
/// Numbers come from one counter; the slot of a number is the number modulo the size of the table, which doubles when
/// half full, so a look-up is one comparison and there is no ceiling. A number whose slot is taken is skipped.
struct SocketTable<Socket> {
    private var slots: [(id: SocketID, socket: Socket)?]
    private var lastID: SocketID
    private(set) var count = 0

    /// `lastID` is the number before the first one to be given; tests start near the end of the range.
    init(capacity: Int = 256, lastID: SocketID = 0) {
        precondition(capacity.nonzeroBitCount == 1, "The size of the table is a power of two.")
        self.slots = Array(repeating: nil, count: capacity)
        self.lastID = lastID
    }

    subscript(_ id: SocketID) -> Socket? {
        guard let entry = slots[slot(of: id)], entry.id == id else { return nil }
        return entry.socket
    }

    /// Gives the next free number to what `make` builds with it.
    mutating func insert(_ make: (SocketID) -> Socket) -> Socket {
        if count * 2 >= slots.count { grow() }
        repeat { lastID = lastID == .max ? 1 : lastID + 1 } while slots[slot(of: lastID)] != nil
        let socket = make(lastID)
        slots[slot(of: lastID)] = (lastID, socket)
        count += 1
        return socket
    }

    @discardableResult
    mutating func remove(_ id: SocketID) -> Socket? {
        guard let socket = self[id] else { return nil }
        slots[slot(of: id)] = nil
        count -= 1
        return socket
    }

    /// All sockets, highest slot first.
    var all: [Socket] { slots.reversed().compactMap { $0?.socket } }

    private func slot(of id: SocketID) -> Int {
        Int(id) & (slots.count - 1)
    }

    /// Doubling cannot make two numbers collide that did not collide before.
    private mutating func grow() {
        let old = slots
        slots = Array(repeating: nil, count: old.count * 2)
        for case let entry? in old { slots[slot(of: entry.id)] = entry }
    }
}
