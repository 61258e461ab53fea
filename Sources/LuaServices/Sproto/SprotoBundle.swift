// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Reads the compiled form of a schema, which is itself an encoded structure.
///
/// A bundle may come from a file or a peer: one that contradicts itself is refused whole.
struct SprotoBundle {
    private enum Builtin {
        static let integer = 0
        static let boolean = 1
        static let string = 2
        static let double = 3
    }

    private typealias Fields = [Int: SprotoItem]

    /// The schema of a bundle, or nil for a bundle that is none.
    static func schema(_ bytes: UnsafeRawBufferPointer) -> SprotoSchema? {
        guard let group = fields(bytes), let encodedTypes = items(group[0]), let encodedProtocols = items(group[1])
        else {
            return nil
        }
        var types: [SprotoType] = []
        for item in encodedTypes {
            guard let type = type(item, typeCount: encodedTypes.count) else { return nil }
            types.append(type)
        }
        var protocols: [SprotoProtocol] = []
        for item in encodedProtocols {
            guard let one = protocolOf(item, typeCount: types.count) else { return nil }
            protocols.append(one)
        }
        return link(types, protocols)
    }

    private static func fields(_ bytes: UnsafeRawBufferPointer) -> Fields? {
        guard var reader = SprotoFieldReader(bytes) else { return nil }
        var fields: Fields = [:]
        while true {
            switch reader.next() {
            case .field(let tag, let item): fields[tag] = item
            case .end: return fields
            case .malformed: return nil
            }
        }
    }

    /// The items of an array; an absent one has none.
    private static func items(_ array: SprotoItem?) -> [UnsafeRawBufferPointer]? {
        guard let array else { return [] }
        guard let bytes = array.bytes else { return nil }
        var reader = SprotoItemReader(bytes)
        var items: [UnsafeRawBufferPointer] = []
        while !reader.isAtEnd {
            guard let item = reader.next() else { return nil }
            items.append(item)
        }
        return items
    }

    private static func type(_ bytes: UnsafeRawBufferPointer, typeCount: Int) -> SprotoType? {
        guard let encoded = fields(bytes), let name = encoded[0]?.bytes, let items = items(encoded[1]) else {
            return nil
        }
        var parsed: [SprotoField] = []
        for item in items {
            guard let field = field(item, typeCount: typeCount) else { return nil }
            parsed.append(field)
        }
        parsed.sort { $0.tag < $1.tag }
        guard zip(parsed, parsed.dropFirst()).allSatisfy({ $0.tag < $1.tag }) else { return nil }
        return SprotoType(name: Array(name), fields: parsed)
    }

    private static func field(_ bytes: UnsafeRawBufferPointer, typeCount: Int) -> SprotoField? {
        guard let encoded = fields(bytes), let name = encoded[0]?.bytes, let tag = encoded[3]?.integer,
            (0...32766).contains(tag), let value = value(encoded, typeCount: typeCount)
        else { return nil }
        return SprotoField(name: Array(name), tag: tag, value: value, shape: shape(encoded))
    }

    private static func value(_ encoded: Fields, typeCount: Int) -> SprotoValueType? {
        let extra = encoded[2]?.integer
        guard let builtin = encoded[1]?.integer else {
            guard let extra, (0..<typeCount).contains(extra) else { return nil }
            return .structure(extra)
        }
        switch builtin {
        case Builtin.integer:
            guard let digits = extra else { return .integer }
            return (0...18).contains(digits) ? .decimal(scale: (0..<digits).reduce(1) { scale, _ in scale * 10 }) : nil
        case Builtin.boolean: return .boolean
        case Builtin.string: return .string
        case Builtin.double: return .double
        default: return nil
        }
    }

    /// A map's value field is not told; ``link(_:_:)`` looks for it.
    private static func shape(_ encoded: Fields) -> SprotoShape {
        guard let array = encoded[4]?.integer, array != 0 else { return .one }
        guard let key = encoded[5]?.integer else { return .list }
        guard let map = encoded[6]?.integer, map != 0 else { return .keyed(by: key) }
        return .map(key: key, value: -1)
    }

    private static func protocolOf(_ bytes: UnsafeRawBufferPointer, typeCount: Int) -> SprotoProtocol? {
        guard let encoded = fields(bytes), let name = encoded[0]?.bytes, let tag = encoded[1]?.integer else {
            return nil
        }
        let (request, response) = (encoded[2]?.integer, encoded[3]?.integer)
        guard [request, response].allSatisfy({ $0.map((0..<typeCount).contains) ?? true }) else { return nil }
        let isConfirmed = (encoded[4]?.integer ?? 0) != 0
        return SprotoProtocol(
            name: Array(name),
            tag: tag,
            request: request,
            response: response,
            isConfirmed: isConfirmed
        )
    }

    /// Checks that keys name fields of the structures they index, and finds the other field of each map.
    private static func link(_ types: [SprotoType], _ protocols: [SprotoProtocol]) -> SprotoSchema? {
        var linked: [SprotoType] = []
        for type in types {
            var fields: [SprotoField] = []
            for field in type.fields {
                guard let shape = linkedShape(field, types) else { return nil }
                fields.append(SprotoField(name: field.name, tag: field.tag, value: field.value, shape: shape))
            }
            linked.append(SprotoType(name: type.name, fields: fields))
        }
        return SprotoSchema(types: linked, protocols: protocols)
    }

    private static func linkedShape(_ field: SprotoField, _ types: [SprotoType]) -> SprotoShape? {
        switch field.shape {
        case .one, .list: return field.shape
        case .keyed(let key), .map(let key, _):
            guard case .structure(let index) = field.value, types[index].field(tagged: key) != nil else { return nil }
            if case .keyed = field.shape { return field.shape }
            let others = types[index].fields.filter { $0.tag != key }
            return others.count == 1 ? .map(key: key, value: others[0].tag) : nil
        }
    }
}
