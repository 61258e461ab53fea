// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// Clients that somebody else wrote.
    @Suite struct ForeignClientTests {
        @Test(arguments: ["-tls1_2", "-tls1_3"])
        func `openssl s_client talks to a tls gate`(version: String) async throws {
            let gates = try await OpenGates([.tls])
            let client = try ForeignTool(
                "timeout",
                [
                    "20", "openssl", "s_client", "-quiet", "-verify_return_error", "-verify_hostname", "localhost",
                    version,
                    "-CAfile", OpenGates.certificate, "-servername", "localhost", "-connect", gates.place(.tls),
                ]
            )
            let verified = "depth=0 CN = localhost\nverify return:1\n"
            try client.say(GateClient.packet(Array("hello".utf8)))
            let answer = String(decoding: try client.hear(verified.utf8.count + 7), as: UTF8.self)
            #expect(answer == verified + "\0\u{5}hello")
            try client.say(GateClient.packet(Array("facts".utf8)))
            _ = try client.hear(2)
            let facts = String(decoding: try client.hear(60), as: UTF8.self)
            #expect(facts.hasPrefix("address=\(gates.place(.tls)) | "), "\(facts)")
            try client.say(GateClient.packet(Array("kick".utf8)))
            #expect(try client.outcome().output.contains("tls_version=TLSv1.\(version.last!)"))
        }

        /// Debian's `python3-websockets`, or what else `python3` finds.
        private static var python: String? {
            ["python3", "/usr/bin/python3"].first { python in
                (try? ForeignTool(python, ["-c", "import websockets"]).outcome().status) == 0
            }
        }

        @Test(arguments: [Wire.webSocket, .secureWebSocket])
        func `Python's websockets talks to a gate`(wire: Wire) async throws {
            guard let python = Self.python else {
                if ProcessInfo.processInfo.environment["CI"] != nil { Issue.record("python3-websockets is not there") }
                print("Not tested: Python has no module websockets; `make test-packages` installs it.")
                return
            }
            let gates = try await OpenGates(
                [wire],
                listener: #"largest_packet = 1048576, websocket = { subprotocols = { "game.v1" } }"#
            )
            let place = "\(wire.scheme)://localhost:\(gates.place(wire).split(separator: ":")[1])/play"
            let client = try ForeignTool(
                "timeout",
                [
                    "30", python, "Tests/GatewayTests/Support/websocket_client.py", place, gates.host(wire),
                    OpenGates.certificate,
                ]
            )
            let (status, output) = try client.outcome()
            #expect(status == 0 && output.hasSuffix("all is well\n"), "\(output)")
        }
    }
}
