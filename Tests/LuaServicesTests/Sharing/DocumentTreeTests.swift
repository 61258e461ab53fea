// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import LuaServices

@Suite struct DocumentTreeTests {
    /// An image of tables given as border and entries; strings are looked up in `words`.
    private static func image(_ tables: [(Int, [(SharedValue, SharedValue)])], words: [String] = []) -> TableImage {
        var image = TableImage()
        image.text = Array(words.joined().utf8)
        for (border, entries) in tables {
            image.objects.append(
                .table(.init(border: border, entries: entries.map { .init(key: $0.0, value: $0.1) }))
            )
        }
        return image
    }

    private static func find(_ key: Int32, in tree: DocumentTree, _ table: Int = 0) -> SharedValue?? {
        tree.place(of: .integer(key), in: table).map { tree.value(at: $0, in: table) }
    }

    private static func find(_ key: String, in tree: DocumentTree, _ table: Int = 0) -> SharedValue?? {
        Array(key.utf8).withUnsafeBytes { bytes in
            tree.place(of: .text(bytes), in: table).map { tree.value(at: $0, in: table) }
        }
    }

    @Test func `array, integer and string keys are found, and no others`() throws {
        let ab = (SharedText(offset: 0, count: 1), SharedText(offset: 1, count: 1))
        let tree = try DocumentTree(
            Self.image(
                [
                    (
                        3,
                        [
                            (.integer(1), .integer(10)), (.integer(3), .boolean(true)), (.integer(-4), .number(0.5)),
                            (.integer(1 << 32 | 9), .integer(9)), (.string(ab.0), .string(ab.1)),
                        ]
                    )
                ],
                words: ["ab"]
            )
        )
        #expect(Self.find(1, in: tree) == .some(.integer(10)))
        #expect(Self.find(2, in: tree) == .some(nil))
        #expect(Self.find(3, in: tree) == .some(.boolean(true)))
        #expect(Self.find(-4, in: tree) == .some(.number(0.5)))
        #expect(Self.find(9, in: tree) == .some(.integer(9)))
        #expect(Self.find("a", in: tree) == .some(.string(ab.1)))
        #expect(Self.find(4, in: tree) == nil && Self.find("b", in: tree) == nil && Self.find("", in: tree) == nil)
        #expect(tree.arrayCount(0) == 3 && tree.hashCount(0) == 3)
    }

    @Test func `a traversal meets every value once, the array first`() throws {
        let keys: [SharedValue] = [.integer(1), .integer(3)] + (100..<1100).map { .integer($0) }
        let tree = try DocumentTree(Self.image([(3, keys.map { ($0, .boolean(true)) })]))
        var met: [SharedValue] = []
        var place = 0
        while let key = tree.key(from: place, in: 0), case .integer(let number) = key {
            met.append(key)
            place = try #require(tree.place(of: .integer(Int32(number)), in: 0)) + 1
        }
        #expect(met == keys)
    }

    @Test func `keys that truncation makes equal are one key`() throws {
        let keys: [SharedValue] = [.integer(1), .integer(1 << 32 | 1), .integer(1 << 33 | 7), .integer(1 << 32 | 7)]
        let tree = try DocumentTree(Self.image([(1, keys.map { ($0, $0) })]))
        #expect(Self.find(1, in: tree) == .some(.integer(1)))
        #expect(Self.find(7, in: tree) == .some(.integer(1 << 33 | 7)))
        #expect(tree.hashCount(0) == 1)
    }

    @Test func `a table in two places is one table, and one in itself is refused`() throws {
        let twice = Self.image([(2, [(.integer(1), .object(1)), (.integer(2), .object(1))]), (0, [])])
        #expect(try DocumentTree(twice).count == 2)
        let circle = Self.image([(1, [(.integer(1), .object(1))]), (1, [(.integer(1), .object(0))])])
        #expect(throws: SharingFault("a table that contains itself can't be shared")) { try DocumentTree(circle) }
    }
}

@Suite struct SharedHandleTests {
    @Test func `a handle names data of its kind and nothing else`() throws {
        let word = try SharedHandle(.document, number: 12345, table: 67).word
        let handle = try #require(SharedHandle(.document, word: word))
        #expect(handle.number == 12345 && handle.table == 67)
        #expect(SharedHandle(.document, word: handle.sibling(3))?.table == 3)
        #expect(SharedHandle(.matrix, word: word) == nil)
        for address: UInt in [0, 1, 0x7FFF_FFFF_FFFF, .max] { #expect(SharedHandle(.document, word: address) == nil) }
    }

    @Test func `numbers come to an end before they could be mistaken`() {
        #expect(throws: (any Error).self) { try SharedHandle(.document, number: 1 << 28) }
    }
}
