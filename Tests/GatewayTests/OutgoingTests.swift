// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

extension NodeTests {
    /// Scripts that connect by the address of a server.
    @Suite struct OutgoingTests {
        @Test func `a script connects over every transport, and certificates are checked unless it is turned off`()
            async throws
        {
            let config = """
                thread = 2
                harbor = 0
                start = "outgoing"
                luaservice = "./Tests/Scripts/gateway/?.lua;./examples/?.lua"
                tls_certificate = "\(OpenGates.certificate)"
                tls_key = "\(OpenGates.key)"
                socket_path = "{DIR}gate.sock"
                connects = {
                    ["tls://localhost"] = { tls = { authority = "\(OpenGates.certificate)" } },
                    ["wss://localhost/play"] = { tls = { authority = "\(OpenGates.certificate)" } },
                    ["tls://127.0.0.1"] = { tls = { verify = false } },
                    ["tls://127.0.0.4"] = { handshake_timeout = 0.3 },
                    ["tls://127.0.0.3"] = { tls = { authority = "\(OpenGates.certificate)" } },
                }
                """
            let node = try RunningNode(["{DIR}config"], files: ["config": config])
            let line = try await node.line(containing: "all connections are well", seconds: 20)
            #expect(line.hasSuffix("] all connections are well"), "\(node.lines)")
        }
    }
}
