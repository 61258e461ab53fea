// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import LuaRuntime

/// A block that several services read, and nobody writes; freed with its last holder.
final class SharedBody: Sendable {
    private let payload: MemoryBlock

    init(_ payload: consuming MemoryBlock) {
        self.payload = payload
        BufferTracker.current?.show(self.payload.pointer, self.payload.count)
    }

    deinit {
        if let pointer = payload.pointer { BufferTracker.current?.hide(pointer) }
    }

    /// Valid as long as the body is held.
    var bytes: UnsafeRawBufferPointer { payload.bytes }

    /// Lends the block to Lua. Stack: +2 (address, size).
    func push(on stack: LuaStack) {
        stack.push(lightUserdata: payload.pointer)
        stack.push(payload.count)
    }
}

extension LuaStack {
    /// A string, copied, or a block of address and size, which is taken from Lua.
    func takeContent(_ index: Int32) throws(LuaError) -> MemoryBlock {
        if type(index) == .lightUserdata { return try takeBuffer(index) }
        return MemoryBlock(copying: try requireBytes(index))
    }
}
