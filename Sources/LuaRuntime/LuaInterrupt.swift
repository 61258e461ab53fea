// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import CLuaShim

/// A way to reach into a running state from another thread: to suspend its turn, or to break it off.
///
/// Valid while the state is alive; whoever keeps one must know that.
@safe public struct LuaInterrupt: @unchecked Sendable {
    // Unchecked: the context's only field touched through this pointer is the atomic set of requests.
    private let context: UnsafeMutablePointer<CLuaContext>

    public init(_ state: borrowing LuaState) { unsafe context = CLua_context(state.pointer) }

    /// Asks for the turn to be suspended at the next Lua instruction where that is possible.
    public func requestSuspension() { unsafe CLua_requestinterrupt(context, UInt32(CLUA_INTERRUPT_PREEMPT)) }

    /// Asks for the error `signal 0` at the next Lua instruction, now or in a later turn.
    public func requestBreak() { unsafe CLua_requestinterrupt(context, UInt32(CLUA_INTERRUPT_BREAK)) }
}

/// A thread that runs states, for sending it on to look at the requests of the state it runs.
public struct LuaThread: Sendable {
    private let identifier: UInt

    /// The calling thread, which must live as long as this is used.
    public init() { identifier = CLua_currentthread() }

    /// Suspends turns of the calling thread that use more CPU time than one to two slices.
    public static func sliceTurns() { _ = CLua_startslicing(slice) }

    /// Nanoseconds of CPU time. Kernels round it up to their own tick, often 4 ms.
    private static let slice = 4_000_000

    public func interrupt() { CLua_interruptthread(identifier) }

    /// Installs the process-wide handler; call once before any thread is interrupted.
    public static func installHandler() { CLua_installinterrupts() }
}
