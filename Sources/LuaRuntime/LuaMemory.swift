// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import CLuaShim

/// The memory of a state: what it holds, what it may hold, and its collector.
extension LuaState {
    /// Bytes the state holds.
    public var memoryUsed: Int { Int(unsafe CLua_context(pointer).pointee.memory_used) }

    /// Bytes the state may hold; allocations of Lua code beyond it fail with `not enough memory`. Nil: no limit.
    public var memoryLimit: Int? {
        get {
            let limit = unsafe CLua_context(pointer).pointee.memory_limit
            return limit == 0 ? nil : Int(limit)
        }
        set { unsafe CLua_context(pointer).pointee.memory_limit = newValue ?? 0 }
    }

    /// Whether usage passed a further threshold (32 MiB, doubling) since this was asked last.
    public func takeMemoryWarning() -> Bool {
        let warned = unsafe CLua_context(pointer).pointee.memory_warned
        if warned { unsafe CLua_context(pointer).pointee.memory_warned = false }
        return warned
    }

    public func stopCollector() { unsafe CLua_gcstop(pointer) }

    public func restartCollector() { unsafe CLua_gcrestart(pointer) }

    public func useGenerationalCollector() { unsafe CLua_gcgenerational(pointer) }

    public func collectGarbage() { unsafe CLua_gccollect(pointer) }
}
