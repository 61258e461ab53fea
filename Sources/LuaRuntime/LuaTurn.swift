// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import CLuaShim

/// How a message ended in a state.
public enum LuaTurnOutcome: Equatable, Sendable {
    case finished
    /// A hook suspended it; it goes on with ``LuaState/continueTurn()``.
    case suspended
    /// The text has a traceback; nil stands for an error that is no string.
    case failed(LuaStatus, String?)
}

/// Messages are handled by a callback in a thread object of the state: see Turn.c.
extension LuaState {
    /// Whether a callback was ever installed.
    public var hasCallback: Bool { unsafe CLua_hascallback(pointer) }

    /// Calls `callback(type, message, size, session, source)`.
    ///
    /// The callback borrows `message`, which must live until the turn has ended, suspended or not.
    @inlinable public func turn(
        type: Int32,
        message: UnsafeMutableRawPointer?,
        size: Int,
        session: Int32,
        source: UInt32
    ) -> LuaTurnOutcome {
        outcome(unsafe CLua_turn(pointer, type, message, size, session, source))
    }

    /// Goes on with a suspended turn.
    public func continueTurn() -> LuaTurnOutcome { outcome(unsafe CLua_continueturn(pointer)) }

    @inlinable func outcome(_ code: Int32) -> LuaTurnOutcome {
        if code == LUA_OK { return .finished }
        return code == LUA_YIELD ? .suspended : failure(code)
    }

    @usableFromInline func failure(_ code: Int32) -> LuaTurnOutcome {
        let text = stack.string(-1)
        stack.pop()
        return .failed(LuaStatus(code), text)
    }
}

extension LuaStack {
    /// Makes the function on top the callback, from the next message on. Stack: -1.
    public func setCallback() { unsafe CLua_setcallback(state) }

    /// Pushes the table of `skynet.profile`. Stack: +1.
    public func pushProfile() { unsafe CLua_pushprofile(state) }

    /// Pushes the function `sethook` of `skynet.debugchannel`, whose hooks may suspend a coroutine. Stack: +1.
    public func pushSetHook() { unsafe CLua_pushsethook(state) }
}
