// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import SocketDriver
import Testing

@Suite struct HostAndPortTests {
    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1", 80), ("[::1]:80", "::1", 80), ("[::1]x:80", "::1", 80), ("host:0", "host", 0),
        (":65535", "", 65535), ("[]:1", "", 1),
    ])
    func wellFormed(text: String, host: String, port: Int) throws {
        #expect(try HostAndPort(parsing: text) == HostAndPort(host: host, port: port))
    }

    @Test(arguments: ["127.0.0.1", "", "[::1", "[::1]", "[::1]80"])
    func withoutAPlaceForThePort(text: String) {
        #expect(throws: HostAndPort.ParseError.invalidAddress(text)) { try HostAndPort(parsing: text) }
    }

    @Test(arguments: ["a:", "a:x", "a:80x", "a:65536", "a:-1", "a:+1", "a: 1", "::1", "[::1]:", "a:0x10"])
    func withABadPort(text: String) {
        #expect(throws: HostAndPort.ParseError.invalidPort(text)) { try HostAndPort(parsing: text) }
    }

    @Test func texts_areTheOnesScriptsKnow() {
        #expect(HostAndPort.ParseError.invalidAddress("x").description == "Invalid address x.")
        #expect(HostAndPort.ParseError.invalidPort("x:y").description == "Invalid port in address x:y.")
    }
}
