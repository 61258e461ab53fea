// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Testing

@Suite struct HandleTableTests {
    private static func table(_ count: Int, harbor: UInt8 = 0) -> HandleTable<UInt32> {
        var table = HandleTable<UInt32>(harbor: harbor)
        for _ in 0..<count { _ = table.insert(\.rawValue) }
        return table
    }

    private static func insert(into table: inout HandleTable<UInt32>) -> UInt32? {
        table.insert(\.rawValue)?.rawValue
    }

    private static func handle(_ id: UInt32) -> ServiceHandle { ServiceHandle(rawValue: id) }

    @Test func `addresses begin at one and increase`() {
        var table = HandleTable<UInt32>(harbor: 0)
        let ids = (0..<100).map { _ in Self.insert(into: &table) }
        #expect(ids == Array(1...100))
        #expect(table.count == 100)
    }

    @Test func `every value is found under its address after the table has grown`() {
        let table = Self.table(1000)
        for id: UInt32 in 1...1000 { #expect(table.value(Self.handle(id)) == id) }
        #expect(table.value(.none) == nil)
        #expect(table.value(Self.handle(1001)) == nil)
    }

    @Test func `an address is not used again soon`() {
        var table = Self.table(3)
        #expect(table.remove(Self.handle(2)) == 2)
        #expect(Self.insert(into: &table) == 4)
        #expect(Self.insert(into: &table) == 6)
        #expect(table.value(Self.handle(2)) == nil)
    }

    @Test func `an occupied slot makes later addresses skip it`() {
        var table = Self.table(16)
        #expect(table.remove(Self.handle(9)) == 9)
        #expect(Self.insert(into: &table) == 0x19)
        #expect(Self.insert(into: &table) == 0x1a)
    }

    @Test func `a survivor is skipped at every round of the table`() {
        var table = Self.table(1)
        var ids: [UInt32] = []
        for _ in 0..<9 {
            guard let handle = table.insert(\.rawValue) else { continue }
            ids.append(handle.rawValue)
            _ = table.remove(handle)
        }
        #expect(ids == [2, 3, 4, 6, 7, 8, 10, 11, 12])
    }

    @Test func `after the last address comes the first that is free`() {
        var table = HandleTable<UInt32>(harbor: 0, first: 0xFF_FFFD)
        let ids = (0..<6).map { _ in Self.insert(into: &table) }
        #expect(ids == [0xFF_FFFD, 0xFF_FFFE, 0xFF_FFFF, 4, 8, 9])
    }

    @Test func `a living address is skipped after the wrap`() {
        var table = Self.table(2)
        var later = HandleTable<UInt32>(harbor: 0x7F, first: 0xFF_FFFF)
        for _ in 0..<3 { _ = later.insert(\.rawValue) }
        #expect(later.values.map { $0 & 0xFF_FFFF }.sorted() == [1, 2, 0xFF_FFFF])
        #expect(later.values.allSatisfy { $0 >> 24 == 0x7F })
        _ = table.remove(Self.handle(1))
        #expect(Self.insert(into: &table) == 3)
    }

    @Test func `the harbor is the high byte and is checked`() {
        var table = HandleTable<UInt32>(harbor: 0xAB)
        #expect(Self.insert(into: &table) == 0xAB00_0001)
        #expect(table.value(Self.handle(0xAB00_0001)) == 0xAB00_0001)
        #expect(table.value(Self.handle(1)) == nil)
        #expect(table.value(Self.handle(0xAC00_0001)) == nil)
        #expect(table.remove(Self.handle(1)) == nil)
        #expect(table.count == 1)
    }

    @Test func `a removed value is removed once`() {
        var table = Self.table(1)
        #expect(table.remove(Self.handle(1)) == 1)
        #expect(table.remove(Self.handle(1)) == nil)
        #expect(table.count == 0)
    }

    @Test func `values come in the order of their slots`() {
        var table = Self.table(4)
        _ = table.remove(Self.handle(1))
        _ = table.insert(\.rawValue)
        #expect(table.values == [4, 5, 2, 3])
    }

    @Test func `an address falls into harbor and local id`() {
        let handle = Self.handle(0x1234_5678)
        #expect(handle.harbor == 0x12)
        #expect(handle.local == 0x34_5678)
        #expect(ServiceHandle.none.local == 0)
    }
}
