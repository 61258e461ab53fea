// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime
internal import ServiceKernel

/// `tostring` and `trash`.
enum CoreBuffers {
    /// `tostring(ptr, size)` → a string; the block stays the script's.
    static let tostring: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            if stack.isNoneOrNil(1) { return 0 }
            let bytes = try stack.borrowBuffer(1)
            if bytes.baseAddress == nil { return 0 }
            stack.push(bytes)
            return 1
        }
    }

    /// `trash(ptr, size)` frees; a string needs no freeing.
    static let trash: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            switch stack.type(1) {
            case .string: return 0
            case .lightUserdata:
                _ = try stack.takeBuffer(1)
                return 0
            default: throw .message("skynet.trash invalid param \(stack.typeName(1))")
            }
        }
    }
}
