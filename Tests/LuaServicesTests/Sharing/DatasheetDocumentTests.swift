// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import LuaServices

@Suite struct DatasheetDocumentTests {
    /// `{1, 2.5, "x", true, false, {9}, k = "v", sub = {q = -1}}`
    static let example: [UInt8] = [
        0x70, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0x38, 0, 0, 0, 0x48, 0, 0, 0,
        6, 0, 0, 0, 2, 0, 0, 0, 1, 2, 5, 3, 3, 4, 4, 5,
        1, 0, 0, 0, 0, 0, 0x20, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0,
        2, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 10, 0, 0, 0,
        1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0,
        0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
        0x78, 0, 0x73, 0x75, 0x62, 0, 0x71, 0, 0x6B, 0, 0x76, 0,
    ]

    @Test func `the example's tables are read`() throws {
        let document = try DatasheetDocument(Self.example)
        func text(_ range: Range<Int>?) -> String { String(decoding: Self.example[range ?? 0..<0], as: UTF8.self) }
        let root = try document.rows(ofTable: 0)
        #expect(root.prefix(2).map(\.value) == [.integer(1), .number(2.5)])
        #expect(root[3...5].map(\.value) == [.boolean(true), .boolean(false), .table(1)])
        #expect(root.suffix(2).map { text($0.key) } == ["sub", "k"])
        #expect(root[6].value == .table(2))
        #expect(try document.rows(ofTable: 1) == [.init(key: nil, value: .integer(9))])
        #expect(try document.rows(ofTable: 2).map(\.value) == [.integer(-1)])
    }

    @Test func `a table that is not there is named`() throws {
        #expect(throws: DatasheetDocument.Fault(text: "Invalid proxy (index = 3, total = 3)")) {
            try DatasheetDocument(Self.example).rows(ofTable: 3)
        }
        var bytes = Self.example
        bytes.replaceSubrange(12..<16, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: DatasheetDocument.Fault(text: "Invalid proxy (index = 1)")) {
            try DatasheetDocument(bytes).rows(ofTable: 1)
        }
    }

    @Test func `bytes that are cut or changed are read within their bounds`() {
        for count in 0..<Self.example.count { Self.readAll(Array(Self.example.prefix(count))) }
        for place in Self.example.indices {
            for byte: UInt8 in [0, 1, 0x7F, 0xFF] {
                var bytes = Self.example
                bytes[place] = byte
                Self.readAll(bytes)
            }
        }
    }

    private static func readAll(_ bytes: [UInt8]) {
        guard let document = try? DatasheetDocument(bytes) else { return }
        for table in 0..<min(document.tableCount, 8) { _ = try? document.rows(ofTable: table) }
    }
}
