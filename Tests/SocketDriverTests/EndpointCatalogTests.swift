// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import SocketDriver

@Suite struct EndpointCatalogTests {
    private func catalog(_ patterns: [String]) throws -> EndpointCatalog<String> {
        var catalog = EndpointCatalog(defaults: "none")
        for text in patterns { #expect(catalog.add(try EndpointPattern(parsing: text), text) == nil) }
        return catalog
    }

    private func answer(_ catalog: EndpointCatalog<String>, _ text: String, _ port: Int? = nil) throws -> String {
        catalog.options(for: try Endpoint(parsing: text, port: port))
    }

    @Test func `an endpoint is found as a script writes it`() throws {
        let catalog = try catalog([
            "wss://0.0.0.0:8443/", "0.0.0.0:8888", "unix:///run/a", "tls://[::1]:1", "ws://Game.example.org/",
        ])
        #expect(try answer(catalog, "wss://0.0.0.0/", 8443) == "wss://0.0.0.0:8443/")
        #expect(try answer(catalog, "wss://:8443/game") == "wss://0.0.0.0:8443/")
        #expect(try answer(catalog, "wss://0.0.0.0/", 8444) == "none")
        #expect(try answer(catalog, "wss://127.0.0.1/", 8443) == "none")
        #expect(try answer(catalog, "0.0.0.0", 8888) == "0.0.0.0:8888")
        #expect(try answer(catalog, "", 8888) == "0.0.0.0:8888")
        #expect(try answer(catalog, "tcp://0.0.0.0:8888") == "0.0.0.0:8888")
        #expect(try answer(catalog, "tls://0.0.0.0:8888") == "none")
        #expect(try answer(catalog, "unix:///run/a", 8888) == "unix:///run/a")
        #expect(try answer(catalog, "unix:///run/A") == "none")
        #expect(try answer(catalog, "tls://[0:0::1]:1") == "tls://[::1]:1")
        #expect(try answer(catalog, "ws://game.EXAMPLE.org:9000/x") == "ws://Game.example.org/")
    }

    @Test func `what says most of an endpoint is what holds`() throws {
        let catalog = try catalog(["ws://a", "ws://a/game", "ws://a:1/", "ws://a:1/game"])
        #expect(try answer(catalog, "ws://a:2/") == "ws://a")
        #expect(try answer(catalog, "ws://a:2/game") == "ws://a/game")
        #expect(try answer(catalog, "ws://a:1/other") == "ws://a:1/")
        #expect(try answer(catalog, "ws://a:1/game") == "ws://a:1/game")
        #expect(try answer(catalog, "ws://b:1/game") == "none")
    }

    @Test func `a pattern that is there already is told`() throws {
        var catalog = try catalog(["0.0.0.0:8888"])
        #expect(catalog.add(try EndpointPattern(parsing: "tcp://:8888"), "again")?.description == "0.0.0.0:8888")
        #expect(try answer(catalog, "0.0.0.0:8888") == "0.0.0.0:8888")
    }

    @Test(arguments: ["game", "localhost", "0.0.0.0", "http://a", "ws://a/#b", "unix://a"])
    func `what is no address is refused`(text: String) {
        #expect(throws: Endpoint.ParseError.self) { try EndpointPattern(parsing: text) }
    }

    @Test func `a listener gets options that its scheme can use, or hears why not`() throws {
        var defaults = ListenerOptions()
        (defaults.largestPacket, defaults.smallestPacket) = (1 << 20, 4)
        defaults.forwardedHeaders = [.forwarded]
        defaults.trustedProxies = AddressNetworks([try AddressNetwork(parsing: "10.0.0.0/8")])
        let catalog = EndpointCatalog(defaults: defaults)
        let plain = try catalog.listenerOptions(for: Endpoint(host: "a", port: 1))
        #expect(plain.largestPacket == 0xffff)
        #expect(plain.smallestPacket == 4)
        #expect(plain.forwardedHeaders == [])
        #expect(try catalog.listenerOptions(for: Endpoint(.ws, host: "a", port: 1)) == defaults)
        let error = #expect(throws: ListenerOptions.Contradiction.self) {
            try catalog.listenerOptions(for: Endpoint(.wss, host: "a", port: 1))
        }
        #expect(error?.description == "tls: wss needs a certificate; set tls_certificate and tls_key")
    }
}
