// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

extension NodeTests {
    /// The example for browsers: `examples/browser`.
    @Suite struct BrowserTests {
        private struct Example {
            let node: RunningNode
            let gate: UInt16
            let chat: UInt16
            let page: UInt16

            init() async throws {
                let keys = ["port=0", "tcp_port=0", "page_port=0", "tcp_address=127.0.0.1", "page_address=127.0.0.1"]
                node = try RunningNode(["examples/browser/config"] + keys.flatMap { ["--set", $0] })
                page = try await node.port(after: "page listens on")
                gate = try await node.port(after: "browser listens on")
                chat = try await node.port(after: "chat listens on")
            }

            /// Somebody at a terminal, who is in the room.
            func terminal(_ name: String) throws -> GateClient {
                let client = try GateClient(port: chat, node: node)
                _ = try client.receiveText()
                try client.send(name)
                return client
            }

            /// What the web server answers, whole.
            func request(_ line: String) throws -> String {
                let client = try GateClient(port: page, node: node)
                try client.write(Array("\(line) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
                return String(decoding: try client.readToEnd(), as: UTF8.self)
            }
        }

        private func say(_ text: String, in browser: Browser) throws {
            try browser.run("line.value = \(try Browser.literal(text)); form.requestSubmit()")
        }

        @Test(.enabled(if: Browser.executable != nil, "Chromium (Debian's package chromium) is not installed"))
        func `a page in a browser and a terminal are in one room`() async throws {
            let example = try await Example()
            let browser = try Browser()
            try browser.open("http://127.0.0.1:\(example.page)/")
            try browser.see("welcome, what is your name?")
            #expect(try browser.run("state.textContent") == "connected")
            try say("ann", in: browser)
            try browser.see("ann joined")

            let bob = try example.terminal("bob")
            #expect(try bob.receiveText() == "bob joined")
            try browser.see("bob joined")
            try bob.send("hello ann")
            #expect(try bob.receiveText() == "bob: hello ann")
            try browser.see("bob: hello ann")
            try say("<b>grüße</b> an alle", in: browser)
            #expect(try bob.receiveText() == "ann: <b>grüße</b> an alle")
            try browser.see("ann: <b>grüße</b> an alle")

            // The limit of the listener; the page is told why it has to go.
            try say(String(repeating: "x", count: 5000), in: browser)
            try browser.see("closed, code 1009")
            #expect(try bob.receiveText() == "ann left")
        }

        @Test func `the page is told where its gate is`() async throws {
            let example = try await Example()
            let page = try example.request("GET /")
            #expect(page.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(page.contains("data-address=\"ws://0.0.0.0/chat\" data-port=\"\(example.gate)\""))
            #expect(page.contains("default-src 'none'"))
            #expect(try example.request("GET /chat.js?v=1").contains("new WebSocket("))
        }

        @Test(arguments: [
            ("GET /other", "404"), ("GET /../config", "404"), ("POST /", "405"),
        ])
        func `what is no request for the page is refused`(line: String, status: String) async throws {
            let example = try await Example()
            #expect(try example.request(line).hasPrefix("HTTP/1.1 \(status) "))
        }

        @Test func `a silent visitor of the page keeps nothing for ever`() async throws {
            let example = try await Example()
            #expect(try GateClient(port: example.page, seconds: 30, node: example.node).isTurnedAway())
        }

        @Test func `a client that is no WebSocket hears so`() async throws {
            let example = try await Example()
            let client = try GateClient(port: example.gate, node: example.node)
            try client.write(Array("GET /chat HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8))
            #expect(String(decoding: try client.readToEnd(), as: UTF8.self).hasPrefix("HTTP/1.1 426 "))
            try await example.node.line(containing: "refused a client (upgrade): it did not ask to become a WebSocket")
        }
    }
}
