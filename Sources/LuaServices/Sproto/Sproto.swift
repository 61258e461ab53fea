// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// The module `sproto.core`: messages as tables, by schemas.
///
/// `lualib/sproto.lua` is the face scripts see; what another `sproto.lua` finds here is skynet's interface. A schema
/// lives until it is deleted, and as long as a slot holds it. `null` is the response without content.
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
        ],
        complete: { stack in
            stack.push(lightUserdata: nil)
            stack.rawSet(-2, field: "null")
        }
    )

    // MARK: Schemas

    /// Answers nothing for bytes that are no bundle.
    private static func newSchema(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let bundle = try stack.requireBytes(1)
        guard let schema = SprotoBundle.schema(bundle), schema.types.count < 1 << SprotoHandles.Handle.typeBits - 1
        else {
            return 0
        }
        stack.push(SprotoHandles.Handle(SprotoHandles.add(schema)))
        return 1
    }

    private static func deleteSchema(_ stack: LuaStack) throws(LuaError) -> Int32 {
        SprotoHandles.remove(try stack.requireSchemaNumber(1))
        return 0
    }

    private static func dumpSchema(_ stack: LuaStack) throws(LuaError) -> Int32 {
        print(SprotoDump.text(of: try stack.requireSchema(1).schema))
        return 0
    }

    private static func requireSlot(_ index: Int32, on stack: LuaStack) throws(LuaError) -> Int {
        let slot = try stack.requireInteger(index, default: 0)
        guard SprotoSlots.exists(slot) else { throw .message("Invalid global slot index \(slot)") }
        return slot
    }

    /// `saveproto(schema [, slot])`; nil empties the slot.
    private static func saveSchema(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let slot = try requireSlot(2, on: stack)
        if stack.isNullType(1) {
            SprotoSlots.save(nil, in: slot)
        } else {
            let (schema, number) = try stack.requireSchema(1)
            SprotoSlots.save(SprotoSlots.Saved(schema: schema, number: number), in: slot)
        }
        return 0
    }

    private static func loadSchema(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let slot = try requireSlot(1, on: stack)
        guard let saved = SprotoSlots.load(slot) else { throw .message("nil sproto at index \(slot)") }
        SprotoHandles.restore(saved.schema, numbered: saved.number)
        stack.push(SprotoHandles.Handle(saved.number))
        return 1
    }

    // MARK: Types and protocols

    private static func queryType(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (schema, number) = try stack.requireSchema(1)
        guard let index = schema.type(named: try stack.requireByteArray(2)) else { return 0 }
        stack.push(SprotoHandles.Handle(number, type: index))
        return 1
    }

    /// `protocol(schema, name)` answers tag, request, response; by tag the name comes first. A type that is not
    /// declared is nil, and a response declared without content is NULL.
    private static func queryProtocol(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (schema, number) = try stack.requireSchema(1)
        let found: SprotoProtocol?
        switch stack.type(2) {
        case .number: found = schema.protocolTagged(try stack.requireInteger(2))
        case .string: found = schema.protocolNamed(try stack.requireByteArray(2))
        default: throw .argument(2, "Should be number or string")
        }
        guard let found else { return 0 }
        if stack.type(2) == .number { stack.push(bytes: found.name) } else { stack.push(found.tag) }
        push(found.request, of: number, on: stack)
        if found.response == nil, found.isConfirmed {
            stack.push(lightUserdata: nil)
        } else {
            push(found.response, of: number, on: stack)
        }
        return 3
    }

    private static func push(_ type: Int?, of number: Int, on stack: LuaStack) {
        if let type { stack.push(SprotoHandles.Handle(number, type: type)) } else { stack.pushNil() }
    }

    private static func pushDefault(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (schema, type) = try stack.requireSprotoType(1)
        SprotoDefaults.push(schema.types[type], of: schema, on: stack)
        return 1
    }

    // MARK: Messages

    /// `encode(type, value)`; the content of a response without content is nil, and encodes to nothing.
    private static func encode(_ stack: LuaStack) throws(LuaError) -> Int32 {
        if stack.isNullType(1) {
            guard stack.isNoneOrNil(2) else { throw stack.typeError(2, expected: "nil") }
            stack.push("" as StaticString)
            return 1
        }
        let (schema, type) = try stack.requireSprotoType(1)
        stack.count = max(stack.count, 2)
        stack.push(bytes: try SprotoEncoder.encode(type, of: schema, from: 2, on: stack))
        return 1
    }

    /// `decode(type, string | address, size [, result])` answers a table and the bytes it took. A table as the last
    /// argument is filled, and keeps what the message does not tell.
    private static func decode(_ stack: LuaStack) throws(LuaError) -> Int32 {
        if stack.isNullType(1) { return 0 }
        let (schema, type) = try stack.requireSprotoType(1)
        let bytes = try requireContent(2, on: stack)
        let result = stack.count > 2 && stack.type(-1) == .table ? stack.count : nil
        let used = try SprotoDecoder(schema, on: stack).decode(type, bytes, into: result)
        stack.push(used)
        return 2
    }

    private static func pack(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push(bytes: ZeroPack.pack(try requireContent(1, on: stack)))
        return 1
    }

    private static func unpack(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard let bytes = ZeroPack.unpack(try requireContent(1, on: stack)) else {
            throw .message("Invalid unpack stream")
        }
        stack.push(bytes: bytes)
        return 1
    }

    /// The bytes of a string, or of an address and a size, borrowed.
    private static func requireContent(
        _ index: Int32,
        on stack: LuaStack
    ) throws(LuaError) -> UnsafeRawBufferPointer {
        switch stack.type(index) {
        case .string: return try stack.requireBytes(index)
        case .lightUserdata: return try stack.borrowBuffer(index)
        case .userdata:
            let count = try stack.requireInteger(index + 1)
            guard (0...stack.rawLength(index)).contains(count) else {
                throw .argument(index + 1, "size must be within the userdata, got \(count)")
            }
            return UnsafeRawBufferPointer(start: stack.userdata(index), count: count)
        default: throw .argument(index, "Need a string or userdata")
        }
    }
}
