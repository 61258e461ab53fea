// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import COpenSSL
public import LuaRuntime
internal import SocketDriver

/// The module `ltls.c`: TLS for scripts that move the bytes themselves.
///
/// Peer certificates are not verified. The library initialises itself; `enablessl` in the configuration only makes the
/// node find out at its start whether it is there.
public enum TLS {
    public static let module = LuaModule(
        "ltls.c",
        [
            LuaFunction("newctx") { LuaFunction.enter($0, newContext) },
            LuaFunction("newtls") { LuaFunction.enter($0, newSession) },
        ]
    )

    /// `ltls.init.c`, which scripts call before and after they use the library.
    public static let initialisation = LuaModule(
        "ltls.init.c",
        [
            LuaFunction("constructor") { LuaFunction.enter($0, initialise) },
            // The library frees itself at the end of the process, when nobody can be using it any more.
            LuaFunction("destructor") { _ in 0 },
        ]
    )

    private static let contexts = LuaObjectKind<TLSContext>(
        "tls context",
        methods: [
            LuaFunction("set_cert") { LuaFunction.enter($0, setCertificate) },
            LuaFunction("set_ciphers") { LuaFunction.enter($0, setCiphers) },
        ]
    )

    /// A session until it is closed.
    private final class Handle {
        var session: TLSSession?

        init(_ session: TLSSession) { self.session = session }
    }

    private static let sessions = LuaObjectKind<Handle>(
        "tls session",
        methods: [
            LuaFunction("handshake") { LuaFunction.enter($0, handshake) },
            LuaFunction("finished") { LuaFunction.enter($0, isFinished) },
            LuaFunction("read") { LuaFunction.enter($0, read) },
            LuaFunction("write") { LuaFunction.enter($0, write) },
            LuaFunction("set_ext_host_name") { LuaFunction.enter($0, setHostName) },
            LuaFunction("close") { LuaFunction.enter($0, close) },
        ]
    )

    private static func attempt<Result>(_ body: () throws(TLSError) -> Result) throws(LuaError) -> Result {
        do { return try body() } catch { throw .message(error.text) }
    }

    private static func initialise(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard OPENSSL_init_ssl(0, nil) == 1 else { throw .message(TLSError.last("OPENSSL_init_ssl").text) }
        return 0
    }

    // MARK: Contexts

    private static func newContext(_ stack: LuaStack) throws(LuaError) -> Int32 {
        contexts.push(try attempt { () throws(TLSError) in try TLSContext() }, on: stack)
        return 1
    }

    private static func setCertificate(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let context = try contexts.require(1, on: stack)
        let (certificate, key) = (try stack.requireString(2), try stack.requireString(3))
        try attempt { () throws(TLSError) in try context.use(certificate: certificate, key: key) }
        return 0
    }

    private static func setCiphers(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let context = try contexts.require(1, on: stack)
        let ciphers = try stack.requireString(2)
        try attempt { () throws(TLSError) in try context.use(ciphers: ciphers) }
        return 0
    }

    // MARK: Sessions

    /// `newtls("client" | "server", context[, host name])`.
    private static func newSession(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let role = try stack.requireString(1)
        guard role == "client" || role == "server" else {
            throw .argument(1, "invalid method:\(role) must be server or client")
        }
        let context = try contexts.require(2, on: stack)
        let name = stack.isNoneOrNil(3) ? nil : try stack.requireString(3)
        let session = try attempt { () throws(TLSError) in
            let session = try TLSSession(isServer: role == "server", context)
            if role == "client", let name { try session.setHostName(name) }
            return session
        }
        sessions.push(Handle(session), on: stack)
        return 1
    }

    private static func requireSession(_ stack: LuaStack) throws(LuaError) -> TLSSession {
        guard let session = try sessions.require(1, on: stack).session else { throw .message("tls is closed") }
        return session
    }

    private static func received(_ stack: LuaStack) throws(LuaError) -> UnsafeRawBufferPointer {
        stack.isNoneOrNil(2) ? UnsafeRawBufferPointer(start: nil, count: 0) : try stack.requireBytes(2)
    }

    /// `tls:handshake([received])`: what to send, or nothing.
    private static func handshake(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (session, received) = (try requireSession(stack), try received(stack))
        let bytes = try attempt { () throws(TLSError) in try session.handshake(received) }
        if bytes.isEmpty { return 0 }
        stack.push(bytes: bytes)
        return 1
    }

    private static func isFinished(_ stack: LuaStack) throws(LuaError) -> Int32 {
        stack.push(try requireSession(stack).isFinished)
        return 1
    }

    /// `tls:read([received])`: plain text, `""` when there is none.
    private static func read(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (session, received) = (try requireSession(stack), try received(stack))
        stack.push(bytes: try attempt { () throws(TLSError) in try session.read(received) })
        return 1
    }

    /// `tls:write(text)`: what to send.
    private static func write(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (session, text) = (try requireSession(stack), try stack.requireBytes(2))
        stack.push(bytes: try attempt { () throws(TLSError) in try session.write(text) })
        return 1
    }

    private static func setHostName(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (session, name) = (try requireSession(stack), try stack.requireString(2))
        try attempt { () throws(TLSError) in try session.setHostName(name) }
        return 0
    }

    private static func close(_ stack: LuaStack) throws(LuaError) -> Int32 {
        try sessions.require(1, on: stack).session = nil
        return 0
    }
}
