// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Blocks
public import LuaRuntime

/// How blocks cross the border between Swift, which knows their owner by type, and Lua, which sees an address and a
/// size. Every native module hands out and takes back blocks through these functions and no others, so that the tracker
/// of ``BufferTracker`` sees all of them.
extension LuaStack {
    /// Hands a block to Lua, which must give it back: send it, trash it, turn it into a string. Stack: +2 (address,
    /// size).
    @inlinable @inline(__always)
    public func push(buffer: consuming MemoryBlock) {
        let (pointer, count) = buffer.relinquish()
        if BufferTracker.isOn { noteLent(pointer, count) }
        push(lightUserdata: pointer)
        push(count)
    }

    /// Takes the block of arguments `index` (address) and `index + 1` (size) back from Lua.
    ///
    /// - Throws: for a value of another type, a size that no block has, and, with `checkbuffers`, a block that is not
    ///   Lua's to give or smaller than the size.
    @inlinable @inline(__always)
    public func takeBuffer(_ index: Int32) throws(LuaError) -> MemoryBlock {
        let (pointer, count) = try requireBuffer(index)
        if BufferTracker.isOn { try noteReturned(pointer, count, index) }
        return MemoryBlock(adopting: pointer, count: count)
    }

    /// The bytes of the block of arguments `index` and `index + 1`, which stays Lua's.
    @inlinable @inline(__always)
    public func borrowBuffer(_ index: Int32) throws(LuaError) -> UnsafeRawBufferPointer {
        let (pointer, count) = try requireBuffer(index)
        if BufferTracker.isOn { try noteBorrowed(pointer, count, index) }
        return UnsafeRawBufferPointer(start: pointer, count: pointer == nil ? 0 : count)
    }

    @inlinable @inline(__always)
    func requireBuffer(_ index: Int32) throws(LuaError) -> (UnsafeMutableRawPointer?, Int) {
        if type(index) == .lightUserdata, let count = integer(index + 1), 0...largestBuffer ~= count {
            return (userdata(index), count)
        }
        throw bufferError(index)
    }

    @usableFromInline func bufferError(_ index: Int32) -> LuaError {
        guard type(index) == .lightUserdata else { return typeError(index, expected: "light userdata") }
        do throws(LuaError) {
            let size = try requireInteger(index + 1)
            return .argument(
                index + 1,
                size < 0 ? "size must not be negative, got \(size)" : "size \(size) is more than a buffer can have"
            )
        } catch {
            return error
        }
    }
}

/// Bytes beyond which no size is believed: more than any machine has, and little enough to add up sizes without care.
@usableFromInline let largestBuffer = 1 << 40
