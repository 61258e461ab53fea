// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// A schema for people to read.
enum SprotoDump {
    static func text(of schema: SprotoSchema) -> String {
        let types = schema.types.map { type in
            ([name(type.name)] + type.fields.map { "\t\(line(of: $0, schema))" }).joined(separator: "\n")
        }
        let protocols = schema.protocols.map { one in
            let request = one.request.map { name(schema.types[$0].name) } ?? "(null)"
            let response = one.response.map { name(schema.types[$0].name) } ?? "(null)"
            return "\t\(name(one.name)) (\(one.tag)) request:\(request) response:\(response)"
        }
        return (["=== \(types.count) types ==="] + types + ["=== \(protocols.count) protocol ==="] + protocols)
            .joined(separator: "\n")
    }

    private static func line(of field: SprotoField, _ schema: SprotoSchema) -> String {
        let value = kind(of: field.value, schema)
        let text = "\(name(field.name)) (\(field.tag)) \(field.shape == .one ? "" : "*")\(value)"
        switch field.shape {
        case .one, .list: return text
        case .keyed(let key): return text + "[\(key)]"
        case .map(let key, let value): return text + "[\(key) -> \(value)]"
        }
    }

    private static func kind(of value: SprotoValueType, _ schema: SprotoSchema) -> String {
        switch value {
        case .integer: "integer"
        case .decimal(let scale): "integer / \(Int(scale))"
        case .boolean: "boolean"
        case .double: "double"
        case .string: "string"
        case .structure(let index): name(schema.types[index].name)
        }
    }

    private static func name(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
