// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Blocks
public import LuaRuntime

/// Lua values as bytes and back: the body of messages between services.
public enum LuaSerialization {
    /// The values from index `first` to the top as a block, which exists even when there are none.
    ///
    /// - Throws: for a value that has no form in bytes; and what a `__pairs` metamethod raises, as it was raised.
    public static func pack(_ stack: LuaStack, from first: Int32 = 1) throws(LuaError) -> MemoryBlock {
        var packer = LuaPacker(stack)
        let last = stack.count
        var index = first
        while index <= last {
            try packer.pack(index, depth: 0)
            index += 1
        }
        return packer.finish()
    }

    /// Pushes the values in `bytes` and answers their number.
    ///
    /// - Throws: for a malformed stream; what was pushed by then stays on the stack.
    public static func unpack(_ stack: LuaStack, _ bytes: UnsafeRawBufferPointer) throws(LuaError) -> Int32 {
        var unpacker = LuaUnpacker(stack, bytes)
        do { return try unpacker.unpackAll() } catch { throw report(error, on: stack) }
    }

    private static func report(_ fault: SerializationFault, on stack: LuaStack) -> LuaError {
        switch fault {
        case .malformed(let remaining, let place):
            return .message("Invalid serialize stream \(remaining) (line:\(place.rawValue))")
        case .notANumberKey:
            return value("table index is NaN", on: stack)
        case .tooDeep:
            return value("C stack overflow", on: stack)
        case .stackOverflow:
            return .message("stack overflow")
        }
    }

    /// An error that Lua itself would raise here, without a position.
    private static func value(_ text: StaticString, on stack: LuaStack) -> LuaError {
        stack.push(text)
        return .value
    }
}

/// What scripts call.
extension LuaSerialization {
    /// The corresponding Lua function is `skynet.core.pack`.
    public static let pack = LuaFunction("pack") { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            stack.push(buffer: try pack(stack))
            return 2
        }
    }

    /// The corresponding Lua function is `skynet.core.packstring`.
    public static let packstring = LuaFunction("packstring") { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let payload = try pack(stack)
            stack.push(payload.bytes)
            return 1
        }
    }

    /// The corresponding Lua function is `skynet.core.unpack`.
    public static let unpack = LuaFunction("unpack") { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            try unpack(stack, try stream(stack))
        }
    }

    /// The stream in the arguments: a string, or an address and a size.
    private static func stream(_ stack: LuaStack) throws(LuaError) -> UnsafeRawBufferPointer {
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        switch stack.type(1) {
        case .none, .nil:
            return nothing
        case .string:
            return stack.bytes(1) ?? nothing
        default:
            let size = try stack.requireInteger(2)
            if size == 0 { return nothing }
            return try block(stack, size)
        }
    }

    private static func block(_ stack: LuaStack, _ size: Int) throws(LuaError) -> UnsafeRawBufferPointer {
        guard let address = stack.userdata(1) else { throw .message("deserialize null pointer") }
        if stack.type(1) == .lightUserdata { return try stack.borrowBuffer(1) }
        if size < 0 || size > stack.rawLength(1) { throw .argument(2, "size exceeds the userdata") }
        return UnsafeRawBufferPointer(start: address, count: size)
    }
}
