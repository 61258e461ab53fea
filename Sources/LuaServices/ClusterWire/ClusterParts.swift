// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import LuaRuntime

/// A message that arrives in parts is a Lua list: its announced size, then the parts as strings.
extension ClusterWire {
    /// `append(list, address, size)`, or `append(list, nil, size)` for the announced size.
    static func append(_ stack: LuaStack) throws(LuaError) -> Int32 {
        // A table can be made to end at the last integer.
        let next = stack.rawLength(1) &+ 1
        if stack.isNoneOrNil(2) {
            try stack.requireTable(1)
            stack.push(try stack.requireInteger(3))
        } else {
            let payload = try stack.takeBuffer(2)
            try stack.requireTable(1)
            stack.push(payload.bytes)
        }
        stack.rawSet(1, index: next)
        return 0
    }

    /// The whole message as a block, or no values when the parts do not add up to the announced size.
    static func concat(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard stack.type(1) == .table, stack.rawGet(1, index: 1) == .number, let total = stack.integer(-1),
            total >= 0, length(of: stack) == total
        else { return 0 }
        if total == 0 {
            stack.push(buffer: MemoryBlock())
            return 2
        }
        stack.push(buffer: joined(stack, count: total))
        return 2
    }

    /// The length of all parts; nil when one is no string. Nothing is allocated on the word of the peer.
    private static func length(of stack: LuaStack) -> Int? {
        var sum = 0
        var index = 2
        while true {
            let type = stack.rawGet(1, index: index)
            if type == .string { sum += stack.rawLength(-1) }
            stack.pop()
            if type == .nil { return sum }
            if type != .string { return nil }
            index += 1
        }
    }

    private static func joined(_ stack: LuaStack, count: Int) -> MemoryBlock {
        let block = MemoryBlock.allocate(count)
        var place = 0
        var index = 2
        while stack.rawGet(1, index: index) == .string, let bytes = stack.bytes(-1) {
            UnsafeMutableRawBufferPointer(start: block + place, count: bytes.count).copyMemory(from: bytes)
            place += bytes.count
            stack.pop()
            index += 1
        }
        stack.pop()
        return MemoryBlock(adopting: block, count: count)
    }
}
