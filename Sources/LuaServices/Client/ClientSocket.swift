// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
public import LuaRuntime
internal import Synchronization

/// The module `client.socket`: plain sockets for scripts that are clients and no services.
///
/// A socket is the operating system's descriptor; the functions touch those alone that `connect` opened, for in a service
/// every other one is the node's. Only `connect`, `send` and `usleep` wait.
public enum ClientSocket {
    public static let module = LuaModule(
        "client.socket",
        [
            LuaFunction("connect") { LuaFunction.enter($0, connect) },
            LuaFunction("send") { LuaFunction.enter($0, send) },
            LuaFunction("recv") { LuaFunction.enter($0, receive) },
            LuaFunction("shutdown") { LuaFunction.enter($0, shutDown) },
            LuaFunction("close") { LuaFunction.enter($0, close) },
            LuaFunction("usleep") { LuaFunction.enter($0, sleep) },
            LuaFunction("readstdin") { LuaFunction.enter($0, readStandardInput) },
        ]
    )

    /// The descriptors that `connect` opened and `close` has not closed.
    private static let open = Mutex<Set<Int32>>([])

    private static func opened(_ number: Int) -> Int32? {
        guard let descriptor = Int32(exactly: number), open.withLock({ $0.contains(descriptor) }) else { return nil }
        return descriptor
    }

    private static func descriptor(_ stack: LuaStack) throws(LuaError) -> Int32 {
        if let descriptor = opened(try stack.requireInteger(1)) { return descriptor }
        throw .message("socket error: \(String(cString: strerror(EBADF)))")
    }

    private static func systemError() -> LuaError { .message("socket error: \(String(cString: strerror(errno)))") }

    /// `connect(address, port)`: IPv4 in digits.
    private static func connect(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (address, port) = (try stack.requireString(1), try stack.requireInteger(2))
        guard let port16 = UInt16(exactly: port), let descriptor = TCPConnection.open(to: address, port: port16) else {
            throw .message("Connect \(address) \(port) failed")
        }
        open.withLock { _ = $0.insert(descriptor) }
        stack.push(descriptor)
        return 1
    }

    /// `send(fd, text)` returns when all is sent.
    private static func send(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let descriptor = try descriptor(stack)
        var rest = try stack.requireBytes(2)
        while !rest.isEmpty {
            // Without a signal: a peer that is gone is an error, not the end of the process.
            let count = Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EAGAIN {
                TCPConnection.waitUntilWritable(descriptor)
            } else if errno != EINTR {
                throw systemError()
            }
        }
        return 0
    }

    /// `recv(fd)`: up to 4096 bytes, `""` when the peer has closed, nothing when there is nothing.
    private static func receive(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let descriptor = try descriptor(stack)
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0 {
            if errno == EAGAIN || errno == EINTR { return 0 }
            throw systemError()
        }
        stack.push(bytes: Array(buffer.prefix(count)))
        return 1
    }

    /// `shutdown(fd, mode)`: `r`, `w` or both.
    private static func shutDown(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (number, mode) = (try stack.requireInteger(1), try stack.requireString(2))
        if let wrong = mode.first(where: { $0 != "r" && $0 != "w" }) { throw .message("Invalid mode \(wrong)") }
        let direction: Int32
        switch (mode.contains("r"), mode.contains("w")) {
        case (true, true): direction = Int32(SHUT_RDWR)
        case (true, false): direction = Int32(SHUT_RD)
        case (false, true): direction = Int32(SHUT_WR)
        case (false, false): throw .message("mode should be r or/and w")
        }
        if let descriptor = opened(number) { _ = Glibc.shutdown(descriptor, direction) }
        return 0
    }

    /// What is closed already, or was never opened, is left alone.
    private static func close(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let number = try stack.requireInteger(1)
        if let descriptor = Int32(exactly: number), open.withLock({ $0.remove(descriptor) }) != nil {
            _ = Glibc.close(descriptor)
        }
        return 0
    }

    private static func sleep(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let microseconds = max(0, try stack.requireInteger(1))
        usleep(UInt32(clamping: microseconds))
        return 0
    }

    /// A line of standard input without its end, or nothing when none is complete.
    private static func readStandardInput(_ stack: LuaStack) throws(LuaError) -> Int32 {
        guard let line = StandardInput.shared.next() else { return 0 }
        stack.push(line)
        return 1
    }
}
