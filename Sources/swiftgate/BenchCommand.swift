// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import ArgumentParser
public import LoadClient

extension LoadConfiguration.Mode: ExpressibleByArgument {}
extension LoadFraming: ExpressibleByArgument {}

/// `swiftgate bench`: loads a gate and prints how it did.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Load a gate that echoes packets, and measure it.",
        discussion: """
            The gate is --host and --port, where it speaks plain TCP, or --url, which is what its configuration has as \
            address, with the port in it:

            swiftgate bench --port 8888
            swiftgate bench --url wss://127.0.0.1:8443/
            swiftgate bench --url tls://localhost:8443 --authority cert.pem --framing u32be --payload 100000
            swiftgate bench --url unix:///run/gate.sock
            """
    )

    @Option(
        help: "The gate: tcp://, tls://, ws:// or wss:// with host, port and path, or unix:// with a file.",
        transform: LoadTarget.init(url:)
    )
    var url: LoadTarget?

    @Option(help: "IPv4 address of a gate without --url.")
    var host = "127.0.0.1"

    @Option(help: "Port of the gate; repeat it to spread the connections over several gates.")
    var port: [UInt16] = []

    @Option(help: "How packets are told apart where there are no messages of a WebSocket.")
    var framing = LoadFraming.u16be

    @Option(help: "PEM file with those whose certificates are believed; without it nothing is checked.")
    var authority: String?

    @Flag(help: "TLS: take up the session of the connection before.")
    var resume = false

    @Option(
        help: """
            echo: exchange packets; connect: connect, see one echo, disconnect; idle: connect and keep still; stall: begin \
            a handshake of TLS or WebSocket and keep still.
            """
    )
    var mode = LoadConfiguration.Mode.echo

    @Option(help: "Clients at once.")
    var connections = 50

    @Option(help: "Packets each client has under way.")
    var inFlight = 1

    @Option(help: "Bytes of a packet without what the framing adds.")
    var payload = 64

    @Option(help: "Measured seconds.")
    var seconds = 5.0

    @Option(help: "Seconds under load before measuring starts.")
    var warmup = 1.0

    @Option(help: "Further clients, which all disconnect when measuring starts.")
    var drop = 0

    @Option(help: "Process of the gate, to measure what it costs; repeat it to add up several.")
    var serverPid: [Int32] = []

    @Flag(help: "Print one line of JSON.")
    var json = false

    func run() throws {
        let load = LoadConfiguration(
            target: url ?? LoadTarget(host: host),
            ports: port,
            framing: framing,
            authority: authority,
            resumes: resume,
            mode: mode,
            connections: connections,
            inFlight: inFlight,
            payload: payload,
            seconds: seconds,
            warmup: warmup,
            dropped: drop,
            serverProcesses: serverPid
        )
        let report = try LoadClient(load).run()
        print(json ? report.json : report.text)
    }
}
