// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaRuntime

/// Reads a skynet configuration file: Lua source, run with an empty global table, whose globals become settings; swiftgate's
/// own tables are kept apart from what scripts read.
public struct ConfigurationFile {
    private let environment: [String: String]

    /// - Parameter environment: what `$NAME` is looked up in.
    public init(environment: [String: String] = ProcessEnvironment.variables) {
        self.environment = environment
    }

    /// Reads the file of this name and all it includes.
    public func read(_ name: String) throws(ConfigurationError) -> ConfigurationSettings {
        let source = ConfigurationSource(substitution: EnvironmentSubstitution(environment: environment))
        // The state borrows its owner, so the owner must be the one that lives longer.
        return try withExtendedLifetime(source) { () throws(ConfigurationError) in try Self.evaluate(name, source) }
    }

    private static func evaluate(
        _ name: String,
        _ source: ConfigurationSource
    ) throws(ConfigurationError) -> ConfigurationSettings {
        do {
            let state = try LuaState(owner: source)
            try state.openLibraries()
            let stack = state.stack
            try stack.load(configurationChunk, chunkName: "=configuration")
            stack.push(name)
            stack.push { state in LuaFunction.enter(state) { stack throws(LuaError) in try openFile(stack) } }
            stack.push { state in LuaFunction.enter(state) { stack throws(LuaError) in try closeFile(stack) } }
            try stack.check(stack.call(arguments: 3, results: 2))
            return try settings(of: name, on: stack, source)
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw source.explain("\(error)")
        }
    }

    /// Turns the two tables on top into settings: the values by key, and `{file, line}` by key.
    private static func settings(
        of file: String,
        on stack: LuaStack,
        _ source: ConfigurationSource
    ) throws(ConfigurationError) -> ConfigurationSettings {
        let values = stack.absolute(-2)
        let places = stack.absolute(-1)
        var settings = ConfigurationSettings()
        stack.pushNil()
        while stack.next(values) {
            guard stack.type(-2) == .string, let key = stack.string(-2) else {
                throw ConfigurationError(.invalidKey, "Invalid config table", at: ConfigurationPlace(file: file))
            }
            let place = place(of: key, in: places, on: stack)
            if stack.type(-1) == .table, TransportTables.names.contains(key) {
                settings.set(key, to: try table(key, on: stack, source.places(of: key, assignedAt: place)))
                stack.pop()
                continue
            }
            guard let value = text(-1, on: stack) else {
                let isText = stack.type(-1) == .string
                let hint = stack.type(-1) == .table ? KeySpelling.hint(forTable: key) : ""
                let reason = isText ? "the value is not UTF-8" : "Invalid config table key = \(key)\(hint)"
                throw ConfigurationError(.invalidValue, reason, at: place, key: isText ? key : nil)
            }
            settings.set(key, to: value, at: place)
            stack.pop()
        }
        return settings
    }

    /// The table on top, which is one of swiftgate's own.
    private static func table(
        _ name: String,
        on stack: LuaStack,
        _ places: TablePlaces
    ) throws(ConfigurationError) -> ConfigurationTable {
        do throws(MisplacedValue) {
            guard case .table(let fields, let items) = try ConfigurationValue(top: stack), items.isEmpty else {
                throw MisplacedValue(reason: "expected a table of keys, not a list")
            }
            return ConfigurationTable(fields: fields, places: places)
        } catch {
            let key = TableNode.written([name] + error.path)
            throw ConfigurationError(.invalidValue, error.reason, at: places[error.path], key: key)
        }
    }

    /// The value as a setting; nil for what cannot be one, which includes a string that is not UTF-8.
    private static func text(_ index: Int32, on stack: LuaStack) -> String? {
        switch stack.type(index) {
        case .boolean: stack.boolean(index) ? "true" : "false"
        case .number, .string: stack.bytes(index).flatMap { String(validating: $0, as: UTF8.self) }
        default: nil
        }
    }

    private static func place(of key: String, in places: Int32, on stack: LuaStack) -> ConfigurationPlace? {
        stack.push(key)
        defer { stack.pop() }
        guard stack.rawGet(places) == .table else { return nil }
        stack.rawGet(-1, index: 1)
        stack.rawGet(-2, index: 2)
        defer { stack.pop(2) }
        guard let file = stack.string(-2) else { return nil }
        return ConfigurationPlace(file: file, line: stack.integer(-1))
    }
}

/// `open(name, file, line)`: the text of a file that the named line includes.
private func openFile(_ stack: LuaStack) throws(LuaError) -> Int32 {
    guard let source = stack.owner(as: ConfigurationSource.self) else { return 0 }
    let name = try stack.requireString(1)
    let place = stack.string(2).map { ConfigurationPlace(file: $0, line: stack.integer(3)) }
    guard let text = source.open(name, includedAt: place) else { throw .message("cannot include \(name)") }
    text.withUnsafeBytes { stack.push($0) }
    return 1
}

/// `close()`: the file opened last has run.
private func closeFile(_ stack: LuaStack) throws(LuaError) -> Int32 {
    stack.owner(as: ConfigurationSource.self)?.close()
    return 0
}
