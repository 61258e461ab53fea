// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime
internal import ServiceKernel

/// The functions about the service itself: `harbor`, `now`, `hpc`, `callback`.
enum CoreService {
    /// `harbor(addr)` → harbor id, whether it is another node's.
    static let harbor: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            let handle = ServiceHandle(rawValue: UInt32(truncatingIfNeeded: try stack.requireInteger(1)))
            let own = try LuaService.running(stack).node.kernel.harbor
            stack.push(Int32(handle.harbor))
            stack.push(handle.harbor != 0 && handle.harbor != own)
            return 2
        }
    }

    /// `now()` → ticks since the start of the node.
    static let now: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            stack.push(Int(try LuaService.running(stack).node.kernel.clock.now))
            return 1
        }
    }

    /// `hpc()` → nanoseconds of the monotonic clock.
    static let hpc: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            stack.push(Int(KernelClock.nanoseconds))
            return 1
        }
    }

    /// `callback(f [, forward])` installs the message function.
    static let callback: LuaFunction.Entry = { state in
        LuaFunction.enter(state) { stack throws(LuaError) in
            try stack.requireFunction(1)
            let service = try LuaService.running(stack)
            service.forwardsBodies = stack.boolean(2)
            stack.copy(1)
            stack.setCallback()
            return 0
        }
    }
}
