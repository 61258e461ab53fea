// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What a configuration says: strings under names, each with the place where it was said.
public struct ConfigurationSettings: Equatable, Sendable {
    /// One value and where it comes from; a default has no place.
    public struct Setting: Equatable, Sendable {
        public let value: String
        public let place: ConfigurationPlace?
    }

    public private(set) var entries: [String: Setting] = [:]
    /// swiftgate's own tables, which no script reads.
    public private(set) var tables: [String: ConfigurationTable] = [:]

    public init() {}

    public subscript(key: String) -> String? { entries[key]?.value }

    public mutating func set(_ key: String, to value: String, at place: ConfigurationPlace? = nil) {
        entries[key] = Setting(value: value, place: place)
    }

    mutating func set(_ name: String, to table: ConfigurationTable) { tables[name] = table }

    /// Applies one `key=value` of the command line; the first `=` divides.
    public mutating func override(_ assignment: String) throws(ConfigurationError) {
        let place = ConfigurationPlace(file: "--set")
        guard let divider = assignment.firstIndex(of: "="), divider != assignment.startIndex else {
            throw ConfigurationError(.invalidKey, "expected key=value, got '\(assignment)'", at: place)
        }
        let key = String(assignment[..<divider])
        if tables[key] != nil {
            let text = "is a table of the configuration file, and only plain keys can be set here"
            throw ConfigurationError(.invalidKey, text, at: place, key: key)
        }
        set(key, to: String(assignment[assignment.index(after: divider)...]), at: place)
    }

    /// The value of a key, which gets `fallback` as its value when it was left out.
    mutating func value(_ key: String, writingBack fallback: String) -> String {
        if let value = self[key] { return value }
        set(key, to: fallback)
        return fallback
    }

    /// An error about the value of a key, naming where it was set.
    func error(_ key: String, _ text: String) -> ConfigurationError {
        ConfigurationError(.invalidValue, text, at: entries[key]?.place, key: key)
    }
}
