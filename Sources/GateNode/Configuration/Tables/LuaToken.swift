// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// A word, a text or a symbol of Lua's, with its line: as much as is needed to find keys in the text of a table.
struct LuaToken: Equatable {
    enum Kind: Equatable {
        case name(String)
        /// A string without escapes; one with escapes is empty.
        case text(String)
        /// One character; Lua's longer operators come as several.
        case symbol(Character)
    }

    let kind: Kind
    let line: Int

    static func all(in text: [UInt8]) -> [LuaToken] {
        var scanner = LuaScanner(rest: text[...])
        var tokens: [LuaToken] = []
        while let token = scanner.next() { tokens.append(token) }
        return tokens
    }
}

private struct LuaScanner {
    var rest: ArraySlice<UInt8>
    private var line = 1

    init(rest: ArraySlice<UInt8>) { self.rest = rest }

    mutating func next() -> LuaToken? {
        while let byte = rest.first {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == 0x0d {
                advance()
            } else if rest.starts(with: Array("--".utf8)) {
                advance(2)
                if long() == nil { while let byte = rest.first, byte != UInt8(ascii: "\n") { advance() } }
            } else {
                let line = line
                return LuaToken(kind: kind(byte), line: line)
            }
        }
        return nil
    }

    private mutating func kind(_ byte: UInt8) -> LuaToken.Kind {
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") { return .text(quoted(byte)) }
        if let text = long() { return .text(text) }
        let word = rest.prefix(while: Self.isWord)
        if word.isEmpty {
            advance()
            return .symbol(Character(Unicode.Scalar(byte)))
        }
        advance(word.count)
        return .name(String(decoding: word, as: UTF8.self))
    }

    private mutating func quoted(_ quote: UInt8) -> String {
        advance()
        var text: [UInt8] = []
        var isPlain = true
        while let byte = rest.first {
            advance()
            if byte == quote { break }
            if byte == UInt8(ascii: "\\") {
                isPlain = false
                advance()
            } else {
                text.append(byte)
            }
        }
        return isPlain ? String(decoding: text, as: UTF8.self) : ""
    }

    /// The text between long brackets; nil when none open here.
    private mutating func long() -> String? {
        guard rest.first == UInt8(ascii: "[") else { return nil }
        let level = rest.dropFirst().prefix { $0 == UInt8(ascii: "=") }.count
        guard rest.dropFirst(level + 1).first == UInt8(ascii: "[") else { return nil }
        advance(level + 2)
        let end = Array("]\(String(repeating: "=", count: level))]".utf8)
        var text: [UInt8] = []
        while let byte = rest.first, !rest.starts(with: end) {
            text.append(byte)
            advance()
        }
        advance(end.count)
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func advance(_ count: Int = 1) {
        line += rest.prefix(count).count { $0 == UInt8(ascii: "\n") }
        rest = rest.dropFirst(count)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
