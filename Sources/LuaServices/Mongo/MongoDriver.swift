// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import LuaRuntime

/// The module `skynet.mongo.driver`: the messages of the database's wire protocol around encoded documents.
public enum MongoDriver {
    public static let module = LuaModule(
        "skynet.mongo.driver",
        [
            LuaFunction("op_msg") { LuaFunction.enter($0, request) },
            LuaFunction("length") { LuaFunction.enter($0, length) },
            LuaFunction("reply") { LuaFunction.enter($0, reply) },
        ]
    )

    /// `op_msg(id, flags, document)`: a whole message.
    private static func request(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (id, flags) = (try stack.requireInteger(1), try stack.requireInteger(2))
        if stack.isNoneOrNil(3) { throw .message("opmsg require cmd document") }
        guard let document = BsonDocument.content(3, on: stack) else {
            throw .argument(3, "bson document expected, got \(stack.typeName(3))")
        }
        guard document.count <= MongoMessage.greatestDocument else { throw .argument(3, "document is too large") }
        stack.push(bytes: MongoMessage.request(id: id, flags: flags, document: document))
        return 1
    }

    /// `length(four bytes)`: how many bytes follow them.
    private static func length(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let bytes = try stack.requireBytes(1)
        guard bytes.count >= 4 else { throw .argument(1, "Invalid length") }
        stack.push(Int(Int32(littleEndian: bytes.loadUnaligned(as: Int32.self))) - 4)
        return 1
    }

    /// `reply(message without its length)`: true, the number of the request, and the document's address within the
    /// string; false for a message that is too short to say what it answers.
    private static func reply(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let bytes = try stack.requireBytes(1)
        guard bytes.count >= MongoMessage.headerSize else {
            stack.push(false)
            return 1
        }
        let reply: MongoMessage.Reply
        do { reply = try MongoMessage.reply(bytes) } catch { throw .message(error.description) }
        stack.push(true)
        stack.push(reply.request)
        let document = bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0 + reply.documentPlace) }
        stack.push(lightUserdata: document)
        return 3
    }
}
