// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Where the parts of one table of the configuration were written, as far as its text shows it.
struct TablePlaces: Equatable, Sendable {
    /// Where the table was assigned.
    let assignment: ConfigurationPlace?
    private let lines: [[String]: Int]

    init(assignment: ConfigurationPlace?, lines: [[String]: Int] = [:]) {
        self.assignment = assignment
        self.lines = lines
    }

    /// - Parameter text: the file of the assignment, as it was compiled.
    init(of name: String, in text: [UInt8], assignedAt place: ConfigurationPlace) {
        self.init(assignment: place, lines: TableScan.lines(of: name, in: text))
    }

    /// The place of what these keys lead to, or of the nearest table around it that is known.
    subscript(path: some Collection<String>) -> ConfigurationPlace? {
        guard let assignment else { return nil }
        var path = Array(path)
        while !path.isEmpty {
            if let line = lines[path] { return ConfigurationPlace(file: assignment.file, line: line) }
            path.removeLast()
        }
        return assignment
    }
}

/// Finds the lines of keys in the text of a table: Lua itself only tells where the whole of it ends.
///
/// What is not written out as `key = value` between braces is not found, and has the line of what is around it.
private struct TableScan {
    private var tokens: [LuaToken]
    private var lines: [[String]: Int] = [:]
    private var next = 0

    static func lines(of name: String, in text: [UInt8]) -> [[String]: Int] {
        var scan = TableScan(tokens: LuaToken.all(in: text))
        while let token = scan.take() {
            if token.kind == .name(name) { scan.assignment(to: name) }
        }
        return scan.lines
    }

    private init(tokens: [LuaToken]) { self.tokens = tokens }

    private func peek(_ ahead: Int = 0) -> LuaToken? { next + ahead < tokens.count ? tokens[next + ahead] : nil }

    private mutating func take() -> LuaToken? {
        defer { next += 1 }
        return peek()
    }

    private mutating func take(_ symbol: Character) -> Bool {
        guard peek()?.kind == .symbol(symbol) else { return false }
        next += 1
        return true
    }

    /// `name = …`, `name.key = …` or `name["key"] = …`
    private mutating func assignment(to name: String) {
        var path: [String] = []
        var line = 0
        while let token = peek() {
            if take("="), let value = peek() {
                if !path.isEmpty { lines[path] = line }
                if value.kind == .symbol("{") { table(path) }
                return
            }
            guard let key = key(after: token) else { return }
            line = token.line
            path.append(key)
        }
    }

    /// The key of `.key` or `["key"]`.
    private mutating func key(after token: LuaToken) -> String? {
        if take("."), case .name(let key)? = take()?.kind { return key }
        return bracketed()
    }

    private mutating func bracketed() -> String? {
        guard peek()?.kind == .symbol("["), case .text(let key)? = peek(1)?.kind, peek(2)?.kind == .symbol("]") else {
            return nil
        }
        next += 3
        return key
    }

    /// From the opening brace to the closing one.
    private mutating func table(_ path: [String]) {
        next += 1
        var items = 0
        while let token = peek() {
            if take("}") { return }
            if take(",") || take(";") { continue }
            let key: String
            if case .name(let name) = token.kind, peek(1)?.kind == .symbol("="), peek(2)?.kind != .symbol("=") {
                next += 2
                key = name
            } else if let name = bracketed() {
                _ = take("=")
                key = name
            } else {
                items += 1
                key = "\(items)"
            }
            lines[path + [key]] = token.line
            if peek()?.kind == .symbol("{") { table(path + [key]) }
            skipValue()
        }
    }

    /// To the comma or the brace behind a value.
    private mutating func skipValue() {
        var depth = 0
        while let token = peek() {
            if case .symbol(let symbol) = token.kind {
                if depth == 0, ",;}".contains(symbol) { return }
                if "{([".contains(symbol) { depth += 1 }
                if "})]".contains(symbol) { depth -= 1 }
            }
            next += 1
        }
    }
}
