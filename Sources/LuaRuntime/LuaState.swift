// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import CLuaShim

/// A Lua state with one owner, who runs it on one thread at a time.
///
/// The room's face. A state is made, its libraries are opened, chunks are loaded and called; native functions reach it
/// through ``LuaStack``. Law one (CONTRIBUTING) holds everywhere: no Lua error ever jumps over a Swift frame.
@safe public final class LuaState {
    /// The main thread object; valid until the state is closed.
    public let pointer: OpaquePointer

    /// Makes a state without libraries.
    ///
    /// - Parameter owner: the object native functions find with ``LuaStack/owner(as:)``. Borrowed: it must outlive the
    ///   state.
    /// - Throws: `not enough memory`.
    public init(owner: AnyObject? = nil) throws(LuaError) {
        let borrowed = unsafe owner.map { unsafe Unmanaged.passUnretained($0).toOpaque() }
        guard let pointer = unsafe CLua_newstate(borrowed) else { throw LuaError(.message, "not enough memory") }
        unsafe self.pointer = pointer
    }

    deinit { unsafe CLua_close(pointer) }

    /// The main thread object's stack.
    public var stack: LuaStack { unsafe LuaStack(pointer) }

    /// Opens the standard libraries. `LUA_PATH` and its kin are ignored when `ignoreEnvironment` is set.
    public func openLibraries(ignoreEnvironment: Bool = true) throws(LuaError) {
        if ignoreEnvironment {
            stack.push(true)
            stack.setRegistry("LUA_NOENV")
        }
        try stack.check(LuaStatus(unsafe CLua_openlibs(pointer)))
    }

    /// Compiles `source` and runs it with `arguments` strings.
    ///
    /// - Throws: the syntax or run-time error; the latter with a traceback.
    public func run(_ source: String, chunkName: String, arguments: [String] = []) throws(LuaError) {
        try stack.load(source, chunkName: chunkName)
        for argument in arguments { stack.push(argument) }
        try stack.check(stack.call(arguments: Int32(arguments.count), results: 0, traceback: true))
    }
}
