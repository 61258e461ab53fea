// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Hands out the addresses of one node and finds what lives there.
///
/// Addresses increase: the next is the first at or after a cursor whose slot, `id modulo table size`, is free. The table
/// starts with 4 slots and doubles when full, so an address is not used again soon, and a slot kept by an old service
/// makes later addresses skip it, all as in skynet.
public struct HandleTable<Value> {
    private var slots: [(id: UInt32, value: Value)?]
    private var cursor: UInt32
    private let harbor: UInt32
    public private(set) var count = 0

    private static var largest: UInt32 { 0xFF_FFFF }

    /// - Parameter first: the local id to hand out first.
    public init(harbor: UInt8, first: UInt32 = 1) {
        self.harbor = UInt32(harbor) << 24
        cursor = first
        slots = Array(repeating: nil, count: 4)
    }

    /// Gives a value its address, or nil when all 16 million are taken.
    public mutating func insert(_ make: (ServiceHandle) -> Value) -> ServiceHandle? {
        while true {
            var id = cursor
            for _ in 0..<slots.count {
                if id > Self.largest { id = 1 }
                let slot = Int(id) & (slots.count - 1)
                if slots[slot] == nil {
                    cursor = id + 1
                    let handle = ServiceHandle(rawValue: harbor | id)
                    slots[slot] = (id, make(handle))
                    count += 1
                    return handle
                }
                id += 1
            }
            if slots.count > Self.largest { return nil }
            grow()
        }
    }

    @inline(__always)
    public func value(_ handle: ServiceHandle) -> Value? {
        guard handle.rawValue & 0xFF00_0000 == harbor, let entry = slots[Int(handle.local) & (slots.count - 1)],
            entry.id == handle.local
        else { return nil }
        return entry.value
    }

    public mutating func remove(_ handle: ServiceHandle) -> Value? {
        guard let value = value(handle) else { return nil }
        slots[Int(handle.local) & (slots.count - 1)] = nil
        count -= 1
        return value
    }

    /// All values, in the order of their slots.
    public var values: [Value] { slots.compactMap { $0?.value } }

    private mutating func grow() {
        var larger: [(id: UInt32, value: Value)?] = Array(repeating: nil, count: slots.count * 2)
        for case let entry? in slots { larger[Int(entry.id) & (larger.count - 1)] = entry }
        slots = larger
    }
}
