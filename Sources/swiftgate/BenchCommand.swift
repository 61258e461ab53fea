// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import ArgumentParser
public import LoadClient

extension LoadConfiguration.Mode: ExpressibleByArgument {}

/// `swiftgate bench`: loads a gate and prints how it did.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Load a gate that echoes packets with 2 bytes of length, and measure it."
    )

    @Option(help: "IPv4 address of the gate.")
    var host = "127.0.0.1"

    @Option(help: "Port of the gate; repeat it to spread the connections over several gates.")
    var port: [UInt16]

    @Option(help: "echo: exchange packets; connect: connect, see one echo, disconnect; idle: connect and keep still.")
    var mode = LoadConfiguration.Mode.echo

    @Option(help: "Clients at once.")
    var connections = 50

    @Option(help: "Packets each client has under way.")
    var inFlight = 1

    @Option(help: "Bytes of a packet behind its length.")
    var payload = 64

    @Option(help: "Measured seconds.")
    var seconds = 5.0

    @Option(help: "Seconds under load before measuring starts.")
    var warmup = 1.0

    @Option(help: "Further clients, which all disconnect when measuring starts.")
    var drop = 0

    @Option(help: "Process of the gate, to measure what it costs.")
    var serverPid: Int32?

    @Flag(help: "Print one line of JSON.")
    var json = false

    func run() throws {
        let load = LoadConfiguration(
            host: host,
            ports: port,
            mode: mode,
            connections: connections,
            inFlight: inFlight,
            payload: payload,
            seconds: seconds,
            warmup: warmup,
            dropped: drop,
            serverProcess: serverPid
        )
        let report = try LoadClient(load).run()
        print(json ? report.json : report.text)
    }
}
