// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import SocketDriver

@Suite struct ClientHelloTests {
    /// A message of so many bytes in records of so many.
    private static func hello(_ size: Int, record: Int = 16384, kind: UInt8 = 1) -> [UInt8] {
        let message =
            [kind, UInt8(size >> 16), UInt8(size >> 8 & 255), UInt8(size & 255)] + [UInt8](repeating: 7, count: size)
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: message.count, by: record) {
            let part = message[start..<min(start + record, message.count)]
            bytes += [22, 3, 1, UInt8(part.count >> 8), UInt8(part.count & 255)] + part
        }
        return bytes
    }

    private static func inspect(_ bytes: [UInt8]) -> ClientHello.Finding {
        bytes.withUnsafeBytes { ClientHello.inspect($0) }
    }

    @Test(arguments: [16384, 300, 100, 3, 1])
    func `a message is complete with its last byte, whatever its records`(record: Int) {
        let bytes = Self.hello(300, record: record)
        for count in 0..<bytes.count { #expect(Self.inspect(Array(bytes[..<count])) == .incomplete, "\(count)") }
        #expect(Self.inspect(bytes) == .complete)
        #expect(Self.inspect(bytes + [1, 2, 3]) == .complete)
    }

    @Test func `a message that is too long is refused when it announces itself`() {
        #expect(Self.inspect(Self.hello(ClientHello.largest)) == .complete)
        let announced = Array(Self.hello(ClientHello.largest + 1)[..<9])
        #expect(Self.inspect(announced) == .refused("a ClientHello of 16385 bytes; 16384 are allowed"))
    }

    @Test func `a message in too many records is refused`() {
        let bytes = Self.hello(16000, record: 1)
        #expect(Self.inspect(Array(bytes[..<32767])) == .incomplete)
        #expect(Self.inspect(Array(bytes[..<32768])) == .refused("a ClientHello spread over too many records"))
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n", "not TLS: \"GET / HT\""), ("\0\u{10}packet", "not TLS"), ("P", "not TLS: \"P\""),
        ("\u{16}\u{2}", "not TLS"), ("\u{16}\u{3}\u{1}\0\0", "an empty record in place of a ClientHello"),
        ("\u{16}\u{3}\u{1}\0\u{4}\u{2}", "message 2 in place of a ClientHello"),
    ])
    func `what is no hello is refused at its first wrong byte`(text: String, reason: String) {
        #expect(Self.inspect(Array(text.utf8)) == .refused(reason))
    }
}
