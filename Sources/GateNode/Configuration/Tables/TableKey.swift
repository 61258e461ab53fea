// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What a table of the configuration is read into, key by key.
protocol TableDraft: Sendable {
    /// As it is when nothing is said.
    init()
}

/// One key that a table may have: what it takes, what it means, and where it goes.
struct TableKey<Draft: TableDraft>: Sendable {
    let name: String
    /// What stands there, for the reader of the documentation.
    let type: String
    /// What a number counts; nil for what is no number.
    let unit: String?
    /// What holds when the key is left out.
    let fallback: String
    let sentence: String
    let read: @Sendable (TableNode, inout Draft) throws(ConfigurationError) -> Void

    init(
        _ name: String,
        type: String,
        unit: String? = nil,
        fallback: String,
        _ sentence: String,
        read: @escaping @Sendable (TableNode, inout Draft) throws(ConfigurationError) -> Void
    ) {
        self.name = name
        self.type = type
        self.unit = unit
        self.fallback = fallback
        self.sentence = sentence
        self.read = read
    }
}

extension TableDraft {
    typealias Field<Value> = any WritableKeyPath<Self, Value> & Sendable

    /// Applies what a table says, and refuses what none of the keys knows.
    mutating func apply(_ node: TableNode, _ keys: [TableKey<Self>]) throws(ConfigurationError) {
        for (name, value) in try node.fields() {
            guard let key = keys.first(where: { $0.name == name }) else {
                throw node.unknown(name, known: keys.map(\.name))
            }
            try key.read(value, &self)
        }
    }

    static func integer(
        _ name: String,
        _ field: Field<Int>,
        in range: ClosedRange<Int>,
        unit: String,
        _ sentence: String
    ) -> TableKey<Self> {
        TableKey(
            name,
            type: "whole number, \(range.lowerBound) to \(range.upperBound)",
            unit: unit,
            fallback: "`\(Self()[keyPath: field])`",
            sentence
        ) { node, draft throws(ConfigurationError) in draft[keyPath: field] = try node.integer(in: range) }
    }

    static func seconds(
        _ name: String,
        _ field: Field<UInt64>,
        in range: ClosedRange<Double>,
        _ sentence: String
    ) -> TableKey<Self> {
        TableKey(
            name,
            type: "number, \(TableNode.short(range.lowerBound)) to \(TableNode.short(range.upperBound))",
            unit: "seconds",
            fallback: "`\(TableNode.short(Double(Self()[keyPath: field]) / 1e9))`",
            sentence
        ) { node, draft throws(ConfigurationError) in draft[keyPath: field] = try node.seconds(in: range) }
    }

    static func boolean(_ name: String, _ field: Field<Bool>, _ sentence: String) -> TableKey<Self> {
        TableKey(name, type: "boolean", fallback: "`\(Self()[keyPath: field])`", sentence) {
            node,
            draft throws(ConfigurationError) in draft[keyPath: field] = try node.boolean()
        }
    }

    static func choice<Value>(_ name: String, _ field: Field<Value>, _ sentence: String) -> TableKey<Self>
    where Value: RawRepresentable<String> & CaseIterable & Sendable {
        let choices = Value.allCases.map { "\"\($0.rawValue)\"" }
        return TableKey(
            name,
            type: choices.map { "`\($0)`" }.joined(separator: ", "),
            fallback: "`\"\(Self()[keyPath: field].rawValue)\"`",
            sentence
        ) { node, draft throws(ConfigurationError) in
            let text = try node.text()
            guard let value = Value(rawValue: text) else {
                throw node.error("should be one of \(choices.joined(separator: ", ")), not \"\(text)\"")
            }
            draft[keyPath: field] = value
        }
    }

    static func text(_ name: String, _ field: Field<String?>, fallback: String, _ sentence: String) -> TableKey<Self> {
        TableKey(name, type: "text", fallback: fallback, sentence) { node, draft throws(ConfigurationError) in
            draft[keyPath: field] = try node.text()
        }
    }

    static func file(_ name: String, _ field: Field<String?>, fallback: String, _ sentence: String) -> TableKey<Self> {
        TableKey(name, type: "file", fallback: fallback, sentence) { node, draft throws(ConfigurationError) in
            draft[keyPath: field] = try node.file()
        }
    }

    static func texts(
        _ name: String,
        _ field: Field<[String]>,
        fallback: String,
        _ sentence: String,
        check: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> TableKey<Self> {
        TableKey(name, type: "list of texts", fallback: fallback, sentence) { node, draft throws(ConfigurationError) in
            var texts: [String] = []
            for (text, node) in try node.texts() {
                if let complaint = check(text) { throw node.error(complaint) }
                texts.append(text)
            }
            draft[keyPath: field] = texts
        }
    }

    /// A table in the table, with keys of its own.
    static func table<Inner>(
        _ name: String,
        _ field: Field<Inner>,
        _ keys: [TableKey<Inner>],
        _ sentence: String
    ) -> TableKey<Self> {
        TableKey(name, type: "table", fallback: "none", sentence) { node, draft throws(ConfigurationError) in
            try draft[keyPath: field].apply(node, keys)
        }
    }
}
