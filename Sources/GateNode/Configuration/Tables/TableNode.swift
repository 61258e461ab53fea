// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import LuaServices

/// A value in a table of the configuration, with the way to it; what is wrong with it is told by its place and its way.
struct TableNode {
    let value: ConfigurationValue
    /// The table's own name first.
    let path: [String]
    let places: TablePlaces

    /// The whole of a table.
    init(_ name: String, _ table: ConfigurationTable) {
        value = .table(fields: table.fields, items: [])
        path = [name]
        places = table.places
    }

    private init(_ value: ConfigurationValue, path: [String], places: TablePlaces) {
        self.value = value
        self.path = path
        self.places = places
    }

    /// What stands under a key, or would.
    func error(_ text: String, at key: String? = nil) -> ConfigurationError {
        let path = path + (key.map { [$0] } ?? [])
        return ConfigurationError(.invalidValue, text, at: places[path.dropFirst()], key: Self.written(path))
    }

    func wrongKind(_ expected: String) -> ConfigurationError { error("expected \(expected), not \(value.kind)") }

    /// As Lua would write it: `listeners["wss://0.0.0.0/"].tls.key`
    static func written(_ path: [String]) -> String {
        path.dropFirst().reduce(path[0]) { text, key in
            if Int(key) != nil { return "\(text)[\(key)]" }
            let isName = key.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil
            return isName ? "\(text).\(key)" : "\(text)[\"\(key)\"]"
        }
    }

    /// The keys of a table that has nothing else, in the order of the alphabet.
    func fields() throws(ConfigurationError) -> [(key: String, node: TableNode)] {
        guard case .table(let fields, let items) = value, items.isEmpty else { throw wrongKind("a table of keys") }
        return fields.sorted { $0.key < $1.key }.map { ($0.key, inside($0.key, $0.value)) }
    }

    /// The keys that stand in a table; none for anything else.
    var keys: Set<String> {
        guard case .table(let fields, _) = value else { return [] }
        return Set(fields.keys)
    }

    func text() throws(ConfigurationError) -> String {
        guard case .text(let text) = value else { throw wrongKind("a text") }
        if text.isEmpty { throw error("expected a text, not an empty one") }
        if text.utf8.contains(0) { throw error("a zero byte in the text") }
        return text
    }

    func texts() throws(ConfigurationError) -> [(text: String, node: TableNode)] {
        guard case .table(let fields, let items) = value, fields.isEmpty else { throw wrongKind("a list of texts") }
        var texts: [(String, TableNode)] = []
        for (index, item) in items.enumerated() {
            let node = inside("\(index + 1)", item)
            texts.append((try node.text(), node))
        }
        return texts
    }

    func boolean() throws(ConfigurationError) -> Bool {
        guard case .boolean(let value) = value else { throw wrongKind("true or false") }
        return value
    }

    func integer(in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
        guard case .number(let number) = value else { throw wrongKind("a whole number") }
        guard let integer = Int(exactly: number), range.contains(integer) else {
            throw error(
                "should be a whole number in [\(range.lowerBound),\(range.upperBound)], not \(Self.short(number))"
            )
        }
        return integer
    }

    /// A time in seconds, as nanoseconds.
    func seconds(in range: ClosedRange<Double>) throws(ConfigurationError) -> UInt64 {
        guard case .number(let number) = value else { throw wrongKind("a number of seconds") }
        guard range.contains(number) else {
            let bounds = "[\(Self.short(range.lowerBound)),\(Self.short(range.upperBound))]"
            throw error("should be a number of seconds in \(bounds), not \(Self.short(number))")
        }
        return UInt64(number * 1e9)
    }

    /// The name of a file that can be read.
    func file() throws(ConfigurationError) -> String {
        let name = try text()
        if access(name, R_OK) != 0 { throw error("\(name): \(String(cString: strerror(errno)))") }
        return name
    }

    /// Without the zero behind the point of a whole number, and without the sign of what is no number.
    static func short(_ number: Double) -> String {
        number.isNaN ? "nan" : Int(exactly: number).map(String.init) ?? "\(number)"
    }

    private func inside(_ key: String, _ value: ConfigurationValue) -> TableNode {
        TableNode(value, path: path + [key], places: places)
    }
}

extension TableNode {
    /// What to say of a key that nobody knows.
    func unknown(_ key: String, known: some Sequence<String>) -> ConfigurationError {
        let meant = NearName.nearest(to: key, among: known).map { "; did you mean \($0)?" } ?? ""
        return error("swiftgate does not know this key\(meant)", at: key)
    }
}
