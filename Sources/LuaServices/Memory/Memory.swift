// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
public import LuaRuntime
internal import ServiceKernel

/// The module `skynet.memory`: figures of native memory, which is message bodies and the blocks scripts hold.
///
/// Blocks move between services, so they are counted in all but not by service: `info` is empty and `current` is 0. Lua
/// heaps are not part of these figures. The allocator is the C library's, not jemalloc, which has profiles.
public enum Memory {
    public static let module = LuaModule(
        "skynet.memory",
        [
            LuaFunction("total") { LuaFunction.enter($0, total) },
            LuaFunction("block") { LuaFunction.enter($0, block) },
            LuaFunction("info") { LuaFunction.enter($0, info) },
            LuaFunction("current") { LuaFunction.enter($0, current) },
            LuaFunction("dump") { LuaFunction.enter($0, dump) },
            LuaFunction("dumpinfo") { LuaFunction.enter($0, dumpInfo) },
            LuaFunction("jestat") { LuaFunction.enter($0, statistics) },
            LuaFunction("mallctl") { LuaFunction.enter($0, figure) },
            LuaFunction("dumpheap") { LuaFunction.enter($0, dumpHeap) },
            LuaFunction("profactive") { LuaFunction.enter($0, profiling) },
        ]
    )

    private static func total(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push(MemoryBlock.liveBytes)
        return 1
    }

    private static func block(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push(MemoryBlock.liveBlocks)
        return 1
    }

    private static func info(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.pushTable()
        return 1
    }

    private static func current(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push(0)
        return 1
    }

    /// Logs the total.
    private static func dump(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try LuaService.running(stack).log("+total: \(MemoryBlock.liveBytes >> 10)kb")
        return 0
    }

    /// Logs the allocator's own figures.
    private static func dumpInfo(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let service = try LuaService.running(stack)
        for (name, bytes) in AllocatorFigures.current.byName { service.log("\(name): \(bytes)") }
        return 0
    }

    private static func statistics(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.pushTable(fields: 5)
        for (name, bytes) in AllocatorFigures.current.byName {
            stack.push(bytes)
            stack.rawSet(-2, field: name)
        }
        return 1
    }

    /// `mallctl(name)`: one of the figures of `jestat`; 0 for any other name.
    private static func figure(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let name = try stack.requireString(1)
        stack.push(AllocatorFigures.current.byName.first { "\($0.0)" == name }?.1 ?? 0)
        return 1
    }

    private static func dumpHeap(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try LuaService.running(stack).log("No jemalloc")
        return 0
    }

    private static func profiling(_ stack: LuaStack) throws(LuaError) -> Int32 {
        if !stack.isNoneOrNil(1) { try LuaService.running(stack).log("No jemalloc") }
        stack.push(false)
        return 1
    }
}
