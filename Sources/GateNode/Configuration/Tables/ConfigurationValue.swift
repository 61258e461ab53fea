// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// What stands in a table of the configuration.
public indirect enum ConfigurationValue: Equatable, Sendable {
    case boolean(Bool)
    case number(Double)
    case text(String)
    /// A table of Lua: what it has under names, and what it has in order.
    case table(fields: [String: ConfigurationValue], items: [ConfigurationValue])

    /// How a message names its kind.
    var kind: String {
        switch self {
        case .boolean: "a boolean"
        case .number: "a number"
        case .text: "a text"
        case .table(_, items: []): "a table"
        case .table([:], _): "a list"
        case .table: "a table with a list in it"
        }
    }
}

/// A table of the configuration and where it is.
public struct ConfigurationTable: Equatable, Sendable {
    public let fields: [String: ConfigurationValue]
    /// Where it was assigned, and where its parts are.
    let places: TablePlaces
}

/// Why something cannot stand in a table: the keys that lead to it, and the reason.
struct MisplacedValue: Error {
    var path: [String] = []
    let reason: String

    /// The same, seen from the table that has it under a key.
    func inside(_ key: String) -> MisplacedValue { MisplacedValue(path: [key] + path, reason: reason) }
}

extension ConfigurationValue {
    /// Nobody needs more; and a table that contains itself ends here.
    private static let deepest = 8

    /// Reads the value on top of the stack.
    init(top stack: LuaStack, depth: Int = 0) throws(MisplacedValue) {
        switch stack.type(-1) {
        case .boolean: self = .boolean(stack.boolean(-1))
        case .number: self = .number(stack.number(-1) ?? 0)
        case .string:
            guard let text = stack.bytes(-1).flatMap({ String(validating: $0, as: UTF8.self) }) else {
                throw MisplacedValue(reason: "the text is not UTF-8")
            }
            self = .text(text)
        case .table:
            if depth == Self.deepest { throw MisplacedValue(reason: "tables are nested too deeply") }
            self = try Self.table(top: stack, depth: depth)
        default: throw MisplacedValue(reason: "a \(stack.typeName(-1)) cannot be configured")
        }
    }

    private static func table(top stack: LuaStack, depth: Int) throws(MisplacedValue) -> ConfigurationValue {
        let table = stack.absolute(-1)
        var fields: [String: ConfigurationValue] = [:]
        var numbered: [Int: ConfigurationValue] = [:]
        do { try stack.reserve(8) } catch { throw MisplacedValue(reason: error.text) }
        stack.pushNil()
        while stack.next(table) {
            // Only a key that is a string already may be read as one, else the traversal is lost.
            if stack.type(-2) == .string, let key = stack.string(-2) {
                do { fields[key] = try Self(top: stack, depth: depth + 1) } catch { throw error.inside(key) }
            } else if stack.type(-2) == .number, stack.isInteger(-2), let index = stack.integer(-2) {
                do { numbered[index] = try Self(top: stack, depth: depth + 1) } catch { throw error.inside("\(index)") }
            } else {
                throw MisplacedValue(reason: "a \(stack.typeName(-2)) cannot be a key")
            }
            stack.pop()
        }
        var items: [ConfigurationValue] = []
        while let item = numbered.removeValue(forKey: items.count + 1) { items.append(item) }
        if let index = numbered.keys.min() { throw MisplacedValue(reason: "\(index) is not the next number of a list") }
        return .table(fields: fields, items: items)
    }
}
