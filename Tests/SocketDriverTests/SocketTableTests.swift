// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import SocketDriver

@Suite struct SocketTableTests {
    @Test func numbers_countUpFromOne() {
        var table = SocketTable<Int>()
        #expect((0..<5).map { _ in table.insert { Int($0) } } == [1, 2, 3, 4, 5])
        #expect(table[3] == 3 && table[6] == nil && table[0] == nil)
    }

    @Test func removedNumber_isNotGivenAgainSoon() {
        var table = SocketTable<Int>(capacity: 4)
        let first = table.insert { Int($0) }
        #expect(table.remove(SocketID(first)) == first)
        #expect(table.remove(SocketID(first)) == nil)
        #expect(table.insert { Int($0) } == first + 1)
        #expect(table[SocketID(first)] == nil)
    }

    @Test func staleNumberOfTheSameSlot_isNotFound() {
        var table = SocketTable<Int>(capacity: 4)
        for _ in 0..<4 { table.remove(SocketID(table.insert { Int($0) })) }
        #expect(table.insert { Int($0) } == 5)
        #expect(table[1] == nil && table[5] == 5)
    }

    @Test func occupiedSlot_isSkipped() {
        var table = SocketTable<Int>(capacity: 4)
        _ = table.insert { Int($0) }
        var given: [Int] = []
        for _ in 0..<4 {
            let next = table.insert { Int($0) }
            given.append(next)
            table.remove(SocketID(next))
        }
        #expect(given == [2, 3, 4, 6])
    }

    @Test func table_growsWithoutCeiling() {
        var table = SocketTable<Int>(capacity: 4)
        for _ in 0..<100_000 { _ = table.insert { Int($0) } }
        #expect(table.count == 100_000)
        #expect((1...100_000).allSatisfy { table[SocketID($0)] == $0 })
    }

    @Test func counter_wrapsToOne() {
        var table = SocketTable<Int>(lastID: .max - 1)
        #expect(table.insert { Int($0) } == Int(SocketID.max))
        #expect(table.insert { Int($0) } == 1)
    }

    @Test func all_isHighestSlotFirst() {
        var table = SocketTable<Int>()
        for _ in 0..<3 { _ = table.insert { Int($0) } }
        #expect(table.all == [3, 2, 1])
    }
}
