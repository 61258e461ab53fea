// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import LoadClient

@Suite struct LoadTargetTests {
    @Test(arguments: [
        ("tcp://127.0.0.1:8888", LoadTarget(.tcp, host: "127.0.0.1", port: 8888)),
        ("tls://localhost:8443/", LoadTarget(.tls, host: "localhost", port: 8443)),
        ("ws://127.0.0.1", LoadTarget(.ws, host: "127.0.0.1", path: "/")),
        ("wss://127.0.0.1:1/chat?room=1", LoadTarget(.wss, host: "127.0.0.1", port: 1, path: "/chat?room=1")),
        ("ws://127.0.0.1:1?room=1", LoadTarget(.ws, host: "127.0.0.1", port: 1, path: "/?room=1")),
        ("unix:///run/gate.sock", LoadTarget(.unix, host: "", path: "/run/gate.sock")),
        ("unix://gate.sock", LoadTarget(.unix, host: "", path: "gate.sock")),
    ])
    func aURLIsRead(url: String, expected: LoadTarget) throws {
        #expect(try LoadTarget(url: url) == expected)
    }

    @Test(arguments: [
        ("http://127.0.0.1", "expected one of tcp://, tls://, ws://, wss://, unix://"), ("", "expected one of"),
        ("tcp:127.0.0.1", "expected one of"), ("tls://", "expected a host"), ("unix://", "expected a file"),
        ("tcp://127.0.0.1:8888/path", "has no path"), ("ws://127.0.0.1:port/", "port is not a port"),
        ("ws://127.0.0.1:0/", "0 is not a port"), ("ws://127.0.0.1:65536/", "65536 is not a port"),
        ("ws://127.0.0.1/a b", "printable ASCII"), ("ws://127.0.0.1/\r\nX: y", "printable ASCII"),
    ])
    func aMistakeIsNamed(url: String, reason: String) throws {
        let error = #expect(throws: LoadError.self) { _ = try LoadTarget(url: url) }
        #expect(error?.code == .badConfiguration)
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func aWebSocketHasThePortOfItsScheme() throws {
        #expect(LoadConfiguration(target: try LoadTarget(url: "ws://127.0.0.1")).ports == [80])
        #expect(LoadConfiguration(target: try LoadTarget(url: "wss://127.0.0.1/")).ports == [443])
    }

    @Test(arguments: [
        LoadConfiguration(), LoadConfiguration(target: LoadTarget(.unix, host: "", path: "x"), ports: [1]),
        LoadConfiguration(ports: [1], authority: "x.pem"), LoadConfiguration(ports: [1], resumes: true),
        LoadConfiguration(ports: [1], mode: .stall), LoadConfiguration(ports: [1], framing: .u16le, payload: 65_536),
    ])
    func whatDoesNotGoTogetherIsRefused(load: LoadConfiguration) {
        let error = #expect(throws: LoadError.self) { _ = try LoadClient(load).run() }
        #expect(error?.code == .badConfiguration)
    }
}
