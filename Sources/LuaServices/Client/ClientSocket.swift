// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
public import LuaRuntime

/// The module `client.socket`: plain sockets for scripts that are clients and no services.
///
/// A socket is the operating system's descriptor. Only `connect`, `send` and `usleep` wait.
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

    private static func descriptor(_ stack: LuaStack) throws(LuaError) -> Int32 {
        Int32(truncatingIfNeeded: try stack.requireInteger(1))
    }

    private static func systemError() -> LuaError { .message("socket error: \(String(cString: strerror(errno)))") }

    /// `connect(address, port)`: IPv4 in digits.
    private static func connect(_ stack: LuaStack) throws(LuaError) -> Int32 {
        let (address, port) = (try stack.requireString(1), try stack.requireInteger(2))
        guard let descriptor = TCPConnection.open(to: address, port: UInt16(truncatingIfNeeded: port)) else {
            throw .message("Connect \(address) \(port) failed")
        }
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
        let (descriptor, mode) = (try descriptor(stack), try stack.requireString(2))
        if let wrong = mode.first(where: { $0 != "r" && $0 != "w" }) { throw .message("Invalid mode \(wrong)") }
        let direction: Int32
        switch (mode.contains("r"), mode.contains("w")) {
        case (true, true): direction = Int32(SHUT_RDWR)
        case (true, false): direction = Int32(SHUT_RD)
        case (false, true): direction = Int32(SHUT_WR)
        case (false, false): throw .message("mode should be r or/and w")
        }
        print("SHUTDOWN \(descriptor) \(direction)")
        _ = Glibc.shutdown(descriptor, direction)
        return 0
    }

    private static func close(_ stack: LuaStack) throws(LuaError) -> Int32 {
        _ = Glibc.close(try descriptor(stack))
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
