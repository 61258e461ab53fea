// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What the fields of a message are called, and how each is encoded.
package final class SprotoSchema: Sendable {
    package let types: [SprotoType]
    package let protocols: [SprotoProtocol]
    private let typesByName: [[UInt8]: Int]
    private let protocolsByName: [[UInt8]: Int]
    private let protocolsByTag: [Int: Int]

    init(types: [SprotoType], protocols: [SprotoProtocol]) {
        self.types = types
        self.protocols = protocols
        typesByName = Self.index(types.map(\.name))
        protocolsByName = Self.index(protocols.map(\.name))
        protocolsByTag = Self.index(protocols.map(\.tag))
    }

    private static func index<Key: Hashable>(_ keys: [Key]) -> [Key: Int] {
        Dictionary(zip(keys, keys.indices), uniquingKeysWith: { first, _ in first })
    }

    package func type(named name: [UInt8]) -> Int? { typesByName[name] }

    package func protocolNamed(_ name: [UInt8]) -> SprotoProtocol? { protocolsByName[name].map { protocols[$0] } }

    package func protocolTagged(_ tag: Int) -> SprotoProtocol? { protocolsByTag[tag].map { protocols[$0] } }
}

/// A structure of fields, in the order of their tags.
package struct SprotoType: Sendable {
    package let name: [UInt8]
    package let fields: [SprotoField]
    /// The words a message of all fields needs, when each is preceded by a gap.
    let greatestWordCount: Int

    init(name: [UInt8], fields: [SprotoField]) {
        self.name = name
        self.fields = fields
        greatestWordCount = min(2 * fields.count, (fields.last?.tag ?? -1) + 1)
    }

    /// The field of a tag; a type without gaps finds it at once.
    func field(tagged tag: Int) -> SprotoField? {
        if fields.indices.contains(tag), fields[tag].tag == tag { return fields[tag] }
        var (low, high) = (0, fields.count)
        while low < high {
            let middle = (low + high) / 2
            if fields[middle].tag == tag { return fields[middle] }
            if fields[middle].tag < tag { low = middle + 1 } else { high = middle }
        }
        return nil
    }
}

package struct SprotoField: Sendable {
    package let name: [UInt8]
    package let tag: Int
    package let value: SprotoValueType
    package let shape: SprotoShape
}

/// What a single value of a field is.
package enum SprotoValueType: Sendable, Equatable {
    case integer
    /// A number kept as an integer of so many times it.
    case decimal(scale: Double)
    case boolean
    case double
    /// Text or bytes: the wire makes no difference.
    case string
    /// A structure, by its place in the schema.
    case structure(Int)
}

/// How many values a field holds, and how a table holds them.
package enum SprotoShape: Sendable, Equatable {
    case one
    case list
    /// Structures, in a table under the value of the field with this tag.
    case keyed(by: Int)
    /// Structures of two fields, in a table as key and value.
    case map(key: Int, value: Int)
}

/// A request and what answers it; types by their place in the schema.
package struct SprotoProtocol: Sendable {
    package let name: [UInt8]
    package let tag: Int
    package let request: Int?
    package let response: Int?
    /// Whether the answer is declared to have no content.
    package let isConfirmed: Bool
}
