// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
public import LuaRuntime

/// The module `skynet.cluster.core`: what nodes of a cluster say to one another, as packets.
///
/// The packets themselves are ``ClusterRequest`` and ``ClusterResponse``, which know nothing of Lua.
public enum ClusterWire {
    public static let module = LuaModule(
        "skynet.cluster.core",
        [
            LuaFunction("packrequest") { LuaFunction.enter($0, packRequest) },
            LuaFunction("packpush") { LuaFunction.enter($0, packPush) },
            LuaFunction("packtrace") { LuaFunction.enter($0, packTrace) },
            LuaFunction("unpackrequest") { LuaFunction.enter($0, unpackRequest) },
            LuaFunction("packresponse") { LuaFunction.enter($0, packResponse) },
            LuaFunction("unpackresponse") { LuaFunction.enter($0, unpackResponse) },
            LuaFunction("append") { LuaFunction.enter($0, append) },
            LuaFunction("concat") { LuaFunction.enter($0, concat) },
            LuaFunction("isname") { LuaFunction.enter($0, isName) },
            LuaFunction("nodename") { LuaFunction.enter($0, nodeName) },
        ]
    )

    // MARK: Requests

    private static func packRequest(_ stack: LuaStack) throws(LuaError) -> Int32 { try pack(stack, isPush: false) }

    private static func packPush(_ stack: LuaStack) throws(LuaError) -> Int32 { try pack(stack, isPush: true) }

    /// The block is taken first, so that it is freed whatever else is wrong.
    private static func pack(_ stack: LuaStack, isPush: Bool) throws(LuaError) -> Int32 {
        if stack.isNoneOrNil(3) { throw .message("Invalid request message") }
        let payload = try stack.takeBuffer(3)
        let session = try stack.requireInteger(2)
        guard 1...Int(Int32.max) ~= session else { throw .message("Invalid request session \(session)") }
        let address = try address(stack)
        try requireCountable(payload.count)
        let packets = ClusterRequest.packets(
            to: address,
            session: UInt32(session),
            isPush: isPush,
            payload: payload.bytes
        )
        stack.push(bytes: packets.first)
        stack.push(session < Int32.max ? session + 1 : 1)
        if packets.parts.isEmpty { return 2 }
        push(packets.parts, on: stack)
        return 3
    }

    /// The wire counts a message's bytes in 32 bits.
    private static func requireCountable(_ count: Int) throws(LuaError) {
        if count > ClusterPacket.largestMessage {
            throw .message("a cluster message of \(count) bytes is more than \(ClusterPacket.largestMessage)")
        }
    }

    private static func address(_ stack: LuaStack) throws(LuaError) -> ClusterAddress {
        if stack.type(1) == .number { return .number(UInt32(truncatingIfNeeded: try stack.requireInteger(1))) }
        guard stack.type(1) == .string else { throw .message("name is not a string, it's a \(stack.typeName(1))") }
        let name = try stack.requireByteArray(1)
        guard (1...255).contains(name.count) else {
            let text = String(decoding: name, as: UTF8.self)
            throw .message("name length is invalid, must be between 1 and 255 characters: \(text)")
        }
        return .name(name)
    }

    private static func packTrace(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let tag = try stack.requireByteArray(1)
        guard tag.count <= ClusterPacket.partSize else { throw .message("trace tag is too long : \(tag.count)") }
        stack.push(bytes: ClusterRequest.packet(trace: tag))
        return 1
    }

    private static func unpackRequest(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let content = try stack.borrowContent(1)
        let request: ClusterRequest
        do { request = try ClusterRequest(content) } catch { throw .message(error.text) }
        switch request {
        case .message(let address, let session, let payload):
            push(address, session, on: stack)
            pushCopy(of: content[payload], on: stack)
            if session != 0 { return 4 }
            stack.pushNil()
            stack.push(true)
            return 6
        case .start(let address, let session, let size, let isPush):
            push(address, session, on: stack)
            stack.pushNil()
            stack.push(size)
            stack.push(true)
            stack.push(isPush)
            return 6
        case .part(let session, let payload, let more):
            stack.push(false)
            stack.push(session)
            pushCopy(of: content[payload], on: stack)
            stack.push(more)
            return 5
        case .trace(let tag):
            stack.push(UnsafeRawBufferPointer(rebasing: content[tag]))
            return 1
        }
    }

    private static func push(_ address: ClusterAddress, _ session: UInt32, on stack: LuaStack) {
        switch address {
        case .number(let number): stack.push(number)
        case .name(let name): stack.push(bytes: name)
        }
        stack.push(session)
    }

    // MARK: Responses

    private static func packResponse(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let session = UInt32(truncatingIfNeeded: try stack.requireInteger(1))
        let content = try stack.borrowContent(3)
        guard stack.boolean(2) else {
            stack.push(bytes: ClusterResponse.packet(session: session, failure: content))
            return 1
        }
        try requireCountable(content.count)
        let packets = ClusterResponse.packets(session: session, payload: content)
        if packets.count == 1 { stack.push(bytes: packets[0]) } else { push(packets, on: stack) }
        return 1
    }

    private static func unpackResponse(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let content = try stack.requireBytes(1)
        guard let response = ClusterResponse(content) else { return 0 }
        switch response {
        case .failure(let session, let text):
            return answer(session, false, content[text], more: false, on: stack)
        case .whole(let session, let payload):
            return answer(session, true, content[payload], more: false, on: stack)
        case .part(let session, let payload, let more):
            return answer(session, true, content[payload], more: more, on: stack)
        case .start(let session, let size):
            stack.push(session)
            stack.push(true)
            stack.push(size)
            stack.push(true)
            return 4
        }
    }

    private static func answer(
        _ session: UInt32,
        _ succeeded: Bool,
        _ data: Slice<UnsafeRawBufferPointer>,
        more: Bool,
        on stack: LuaStack
    ) -> Int32 {
        stack.push(session)
        stack.push(succeeded)
        stack.push(UnsafeRawBufferPointer(rebasing: data))
        if !more { return 3 }
        stack.push(true)
        return 4
    }

    // MARK: Names

    private static func isName(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard stack.type(1) == .string, try stack.requireBytes(1).first == UInt8(ascii: "@") else { return 0 }
        stack.push(true)
        return 1
    }

    private static func nodeName(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push(NodeName.current)
        return 1
    }

    // MARK: Blocks

    static func pushCopy(of bytes: Slice<UnsafeRawBufferPointer>, on stack: LuaStack) {
        stack.push(buffer: MemoryBlock(copying: UnsafeRawBufferPointer(rebasing: bytes)))
    }

    private static func push(_ packets: [[UInt8]], on stack: LuaStack) {
        stack.pushTable(array: Int32(packets.count))
        for (index, packet) in packets.enumerated() {
            stack.push(bytes: packet)
            stack.rawSet(-2, index: index + 1)
        }
    }
}

extension LuaStack {
    /// The bytes of a string, or of a block that stays Lua's and whose size is the next argument.
    func borrowContent(_ index: Int32) throws(LuaError) -> UnsafeRawBufferPointer {
        type(index) == .lightUserdata ? try borrowBuffer(index) : try requireBytes(index)
    }
}
