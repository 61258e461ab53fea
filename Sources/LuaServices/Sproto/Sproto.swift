// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// The module `sproto.core`: messages as tables, by schemas.
///
/// `lualib/sproto.lua` is the face scripts see. A schema is shared by all who hold it and freed with the last.
public enum Sproto {
    public static let module = LuaModule(
        "sproto.core",
        [
            LuaFunction("newproto") { LuaFunction.enter($0, newSchema) },
            LuaFunction("deleteproto") { LuaFunction.enter($0, deleteSchema) },
            LuaFunction("dumpproto") { LuaFunction.enter($0, dumpSchema) },
            LuaFunction("saveproto") { LuaFunction.enter($0, saveSchema) },
            LuaFunction("loadproto") { LuaFunction.enter($0, loadSchema) },
            LuaFunction("querytype") { LuaFunction.enter($0, queryType) },
            LuaFunction("protocol") { LuaFunction.enter($0, queryProtocol) },
            LuaFunction("encode") { LuaFunction.enter($0, encode) },
            LuaFunction("decode") { LuaFunction.enter($0, decode) },
            LuaFunction("default") { LuaFunction.enter($0, pushDefault) },
            LuaFunction("pack") { LuaFunction.enter($0, pack) },
            LuaFunction("unpack") { LuaFunction.enter($0, unpack) },
        ]
    )

    // MARK: Schemas

    /// What a script holds of a schema until it deletes it.
    final class SchemaHandle {
        var schema: SprotoSchema?

        init(_ schema: SprotoSchema) { self.schema = schema }
    }

    /// One type of a schema, which it keeps alive.
    final class TypeHandle {
        let schema: SprotoSchema
        let index: Int

        init(_ schema: SprotoSchema, _ index: Int) {
            self.schema = schema
            self.index = index
        }
    }

    private static let schemaKind = LuaObjectKind<SchemaHandle>("sproto")
    private static let typeKind = LuaObjectKind<TypeHandle>("sproto type")

    private static func requireSchema(_ stack: LuaStack) throws(LuaError) -> SprotoSchema {
        guard let schema = try schemaKind.require(1, on: stack).schema else {
            throw .argument(1, "sproto was deleted")
        }
        return schema
    }

    private static func newSchema(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard let schema = SprotoBundle.schema(try stack.requireBytes(1)) else {
            throw .argument(1, "not a sproto bundle")
        }
        schemaKind.push(SchemaHandle(schema), on: stack)
        return 1
    }

    private static func deleteSchema(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try schemaKind.require(1, on: stack).schema = nil
        return 0
    }

    private static func dumpSchema(_ stack: LuaStack) throws(LuaError) -> Int32 {
        print(SprotoDump.text(of: try requireSchema(stack)))
        return 0
    }

    private static func requireSlot(_ index: Int32, on stack: LuaStack) throws(LuaError) -> Int {
        let slot = try stack.requireInteger(index, default: 0)
        guard SprotoSlots.exists(slot) else { throw .message("Invalid global slot index \(slot)") }
        return slot
    }

    private static func saveSchema(_ stack: LuaStack) throws(LuaError) -> Int32 {
        SprotoSlots.save(try requireSchema(stack), in: try requireSlot(2, on: stack))
        return 0
    }

    private static func loadSchema(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let slot = try requireSlot(1, on: stack)
        guard let schema = SprotoSlots.load(slot) else { throw .message("nil sproto at index \(slot)") }
        schemaKind.push(SchemaHandle(schema), on: stack)
        return 1
    }

    // MARK: Types and protocols

    private static func queryType(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let schema = try requireSchema(stack)
        guard let index = schema.type(named: try stack.requireByteArray(2)) else { return 0 }
        typeKind.push(TypeHandle(schema, index), on: stack)
        return 1
    }

    /// `protocol(schema, name)` answers tag, request, response; by tag the name comes first. A type that is not
    /// declared is nil, and a response declared without content is true.
    private static func queryProtocol(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let schema = try requireSchema(stack)
        let isTag = stack.type(2) == .number
        let found =
            isTag
            ? schema.protocolTagged(try stack.requireInteger(2))
            : schema.protocolNamed(try stack.requireByteArray(2))
        guard let found else { return 0 }
        if isTag { stack.push(bytes: found.name) } else { stack.push(found.tag) }
        push(found.request, of: schema, on: stack)
        if found.response == nil, found.isConfirmed {
            stack.push(true)
        } else {
            push(found.response, of: schema, on: stack)
        }
        return 3
    }

    private static func push(_ type: Int?, of schema: SprotoSchema, on stack: LuaStack) {
        if let type { typeKind.push(TypeHandle(schema, type), on: stack) } else { stack.pushNil() }
    }

    private static func pushDefault(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let type = try typeKind.require(1, on: stack)
        SprotoDefaults.push(type.schema.types[type.index], of: type.schema, on: stack)
        return 1
    }

    // MARK: Messages

    private static func encode(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let type = try typeKind.require(1, on: stack)
        guard stack.isIndexable(2) else { throw stack.typeError(2, expected: "table") }
        stack.push(bytes: try SprotoEncoder.encode(type.index, of: type.schema, from: 2, on: stack))
        return 1
    }

    private static func decode(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let type = try typeKind.require(1, on: stack)
        let bytes = try stack.borrowContent(2)
        let used = try SprotoDecoder(type.schema, on: stack).decode(type.index, bytes)
        stack.push(used)
        return 2
    }

    private static func pack(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push(bytes: ZeroPack.pack(try stack.borrowContent(1)))
        return 1
    }

    private static func unpack(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard let bytes = ZeroPack.unpack(try stack.borrowContent(1)) else { throw .message("Invalid unpack stream") }
        stack.push(bytes: bytes)
        return 1
    }
}
