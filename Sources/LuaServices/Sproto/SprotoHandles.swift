// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime
internal import Synchronization

/// What scripts hold of a schema and its types: light userdata, so that they compare, serve as keys and travel in
/// messages as they do in skynet.
///
/// They are no addresses but numbers that are never given twice. One that was deleted, or never was, is an error and
/// not an access to somebody else's memory.
enum SprotoHandles {
    /// A schema by its number, or one of its types.
    struct Handle {
        static let typeBits = 24

        let number: Int
        /// The type's place in the schema; nil for the schema itself.
        let type: Int?

        init(_ number: Int, type: Int? = nil) {
            self.number = number
            self.type = type
        }

        init(_ pointer: UnsafeMutableRawPointer) {
            let word = Int(bitPattern: pointer)
            number = word >> Self.typeBits
            let type = word & (1 << Self.typeBits - 1)
            self.type = type == 0 ? nil : type - 1
        }

        var pointer: UnsafeMutableRawPointer? {
            UnsafeMutableRawPointer(bitPattern: number << Self.typeBits | (type.map { $0 + 1 } ?? 0))
        }
    }

    private struct Live {
        var last = 0
        var schemas: [Int: SprotoSchema] = [:]
    }

    private static let live = Mutex(Live())

    /// Answers the number of a new schema.
    static func add(_ schema: SprotoSchema) -> Int {
        live.withLock { live in
            live.last += 1
            live.schemas[live.last] = schema
            return live.last
        }
    }

    /// Makes a number valid again that a slot still knows.
    static func restore(_ schema: SprotoSchema, numbered number: Int) { live.withLock { $0.schemas[number] = schema } }

    static func remove(_ number: Int) { live.withLock { $0.schemas[number] = nil } }

    static func schema(_ number: Int) -> SprotoSchema? { live.withLock { $0.schemas[number] } }
}

/// Arguments that are handles.
extension LuaStack {
    /// The handle of argument `index`; nil for nil, NULL, and whatever else has no address.
    private func sprotoHandle(_ index: Int32) -> SprotoHandles.Handle? {
        guard type(index) == .lightUserdata, let pointer = userdata(index) else { return nil }
        return SprotoHandles.Handle(pointer)
    }

    func push(_ handle: SprotoHandles.Handle) { push(lightUserdata: handle.pointer) }

    /// The number of a schema, which may have been deleted.
    func requireSchemaNumber(_ index: Int32) throws(LuaError) -> Int {
        guard let handle = sprotoHandle(index), handle.type == nil else {
            throw .argument(index, "Need a sproto object")
        }
        return handle.number
    }

    func requireSchema(_ index: Int32) throws(LuaError) -> (schema: SprotoSchema, number: Int) {
        let number = try requireSchemaNumber(index)
        guard let schema = SprotoHandles.schema(number) else { throw .argument(index, "the sproto was deleted") }
        return (schema, number)
    }

    /// A type and its schema.
    func requireSprotoType(_ index: Int32) throws(LuaError) -> (schema: SprotoSchema, type: Int) {
        guard let handle = sprotoHandle(index), let type = handle.type else {
            throw .argument(index, "Need a sproto_type object")
        }
        guard let schema = SprotoHandles.schema(handle.number), type < schema.types.count else {
            throw .argument(index, "the sproto of this type was deleted")
        }
        return (schema, type)
    }

    /// Whether argument `index` is what `protocol` answers for a response without content.
    func isNullType(_ index: Int32) -> Bool {
        isNoneOrNil(index) || type(index) == .lightUserdata && userdata(index) == nil
    }
}
