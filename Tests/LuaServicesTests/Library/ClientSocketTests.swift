// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import LuaRuntime
import LuaServices
import Testing

@Suite struct ClientSocketTests {
    /// A listening socket on loopback, which the kernel completes connections to without anybody accepting.
    private static func listen() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) != 0 || Glibc.listen(descriptor, 8) != 0
                    || getsockname(descriptor, $0, &size) != 0
            }
        }
        try #require(!failed)
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    @Test func `connects, sends, receives and sees the end`() throws {
        let (listener, port) = try Self.listen()
        defer { close(listener) }
        let lua = try LuaVectors.state(nil, modules: [ClientSocket.module])
        try lua.run(
            """
            socket = require "client.socket"
            fd = socket.connect("127.0.0.1", tonumber((...)))
            same(select("#", socket.recv(fd)), 0, "nothing yet")
            same(select("#", socket.send(fd, "hello")), 0, "send")
            """,
            chunkName: "=client",
            arguments: ["\(port)"]
        )
        let peer = accept(listener, nil, nil)
        defer { close(peer) }
        var buffer = [UInt8](repeating: 0, count: 5)
        #expect(recv(peer, &buffer, 5, 0) == 5)
        #expect(buffer == Array("hello".utf8))
        #expect(send(peer, buffer, 5, 0) == 5)
        shutdown(peer, Int32(SHUT_WR))
        try lua.run(
            """
            local text = ""
            for _ = 1, 2000 do
                local part = socket.recv(fd)
                if part == "" then break end
                text = text .. (part or "")
                socket.usleep(1000)
            end
            same(text, "hello", "echo")
            same(socket.recv(fd), "", "closed")
            socket.shutdown(fd, "rw")
            socket.close(fd)
            assert(not pcall(socket.recv, fd))
            """,
            chunkName: "=client"
        )
    }

    @Test func `says what is wrong`() throws {
        let (listener, port) = try Self.listen()
        close(listener)
        let lua = try LuaVectors.state(nil, modules: [ClientSocket.module])
        try lua.run(
            """
            local socket = require "client.socket"
            local port = tonumber((...))
            same_error(("Connect 127.0.0.1 %d failed"):format(port), "refused", socket.connect, "127.0.0.1", port)
            same_error("Connect nowhere 1 failed", "name", socket.connect, "nowhere", 1)
            same_error("Invalid mode x", "mode", socket.shutdown, -1, "rx")
            same_error("mode should be r or/and w", "mode", socket.shutdown, -1, "")
            same_error("socket error: Bad file descriptor", "send", socket.send, -1, "x")
            same_error("socket error: Bad file descriptor", "recv", socket.recv, -1)
            """,
            chunkName: "=errors",
            arguments: ["\(port)"]
        )
    }
}
