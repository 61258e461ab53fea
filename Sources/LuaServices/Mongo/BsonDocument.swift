// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// The module `bson.core`: encoded documents as userdata, whose content is the document's bytes.
///
/// `lualib/bson.lua` encodes and decodes; what it makes is handed as an address to whoever speaks to a database, such as
/// ``MongoDriver`` or a C module of a user's. `metatable` is the one of all documents.
public enum BsonDocument {
    public static let module = LuaModule(
        "bson.core",
        [
            LuaFunction("new") { LuaFunction.enter($0, new) },
            LuaFunction("bytes") { LuaFunction.enter($0, bytes) },
            LuaFunction("replace") { LuaFunction.enter($0, replace) },
            LuaFunction("light") { LuaFunction.enter($0, light) },
        ],
        complete: { stack in
            pushMetatable(on: stack)
            stack.rawSet(-2, field: "metatable")
        }
    )

    /// The fewest bytes of a document: its length and the zero at its end.
    static let smallest = 5

    /// The registry's name of the metatable, by which C code knows documents.
    private static let metatableName: StaticString = "bson"

    private static func pushMetatable(on stack: LuaStack) {
        if stack.pushRegistry(metatableName) == .table { return }
        stack.pop()
        stack.pushTable(fields: 6)
        stack.push(metatableName)
        stack.rawSet(-2, field: "__name")
        stack.copy(-1)
        stack.setRegistry(metatableName)
    }

    /// The bytes of the document that argument `index` is, or that its address leads to; nil for any other value.
    ///
    /// A full userdata is held against its size. An address is believed, as it is in skynet.
    static func content(_ index: Int32, on stack: LuaStack) -> UnsafeRawBufferPointer? {
        let type = stack.type(index)
        guard type == .userdata || type == .lightUserdata, let start = stack.userdata(index) else { return nil }
        let room = type == .userdata ? stack.rawLength(index) : .max
        guard room >= smallest else { return nil }
        let count = Int(Int32(littleEndian: start.loadUnaligned(as: Int32.self)))
        guard count >= smallest, count <= room else { return nil }
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    private static func require(_ index: Int32, on stack: LuaStack) throws(LuaError) -> UnsafeRawBufferPointer {
        if let content = content(index, on: stack) { return content }
        throw .argument(index, "Invalid bson document (\(stack.typeName(index)))")
    }

    /// Whether a userdata has the metatable of documents: nothing else is written to.
    private static func isDocument(_ index: Int32, on stack: LuaStack) -> Bool {
        guard stack.pushMetatable(of: index) else { return false }
        pushMetatable(on: stack)
        defer { stack.pop(2) }
        return stack.isSame(-1, -2)
    }

    /// `new(bytes)`: a document of bytes that begin with their number.
    private static func new(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let bytes = try stack.requireBytes(1)
        guard bytes.count >= smallest,
            Int(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self))) == bytes.count
        else { throw .argument(1, "Invalid bson block") }
        stack.pushUserdata(copying: bytes)
        pushMetatable(on: stack)
        stack.setMetatable(of: -2)
        return 1
    }

    /// `bytes(document | address)`: a copy as a string.
    private static func bytes(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push(try require(1, on: stack))
        return 1
    }

    /// `replace(document, place, bytes)`: the same number of bytes, from `place` on, counted from 1.
    private static func replace(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard stack.type(1) == .userdata, isDocument(1, on: stack), let start = stack.userdata(1) else {
            throw stack.typeError(1, expected: "bson document")
        }
        let document = try require(1, on: stack)
        let (place, bytes) = (try stack.requireInteger(2), try stack.requireBytes(3))
        // What says how long the document is stays as it is.
        guard place > 4, place <= document.count, bytes.count < document.count - place + 1 else {
            throw .argument(2, "beyond the document")
        }
        UnsafeMutableRawBufferPointer(start: start + (place - 1), count: bytes.count).copyMemory(from: bytes)
        return 0
    }

    /// `light(document)`: its address, valid as long as the document is held.
    private static func light(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push(lightUserdata: UnsafeMutableRawPointer(mutating: try require(1, on: stack).baseAddress))
        return 1
    }
}
