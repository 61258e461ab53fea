// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import Testing

@testable import LoadClient

@Suite(.timeLimit(.minutes(5))) struct LoadClientTests {
    private func run(
        against echo: TinyEcho,
        _ change: (inout LoadConfiguration) -> Void = { _ in }
    ) throws -> LoadReport {
        defer { echo.stop() }
        var load = LoadConfiguration(ports: [echo.port], connections: 4, seconds: 0.5, warmup: 0.05, timeout: 30)
        change(&load)
        return try LoadClient(load).run()
    }

    @Test func echoedPacketsAreCountedAndTimed() throws {
        let report = try run(against: TinyEcho())
        #expect(report.count > 0)
        #expect(report.latency.count == report.count)
        #expect(report.latency.percentile(50) <= report.latency.maximum)
        #expect(report.costs.client.cpuNanoseconds > 0)
        #expect(report.costs.server == nil)
    }

    @Test(arguments: [0, 1, 65_535])
    func manyPacketsInFlightOfAnyLength(payload: Int) throws {
        let report = try run(against: TinyEcho()) {
            $0.inFlight = 16
            $0.payload = payload
        }
        #expect(report.count > 0)
    }

    @Test func serverProcessIsMeasured() throws {
        let report = try run(against: TinyEcho()) { $0.serverProcesses = [getpid()] }
        let server = try #require(report.costs.server)
        #expect(server.cpuNanoseconds > 0)
        #expect(server.residentAfter > 0)
        #expect(server.threads > 1)
        #expect(report.json.contains("\"serverCPUMicrosecondsEach\":"))
        #expect(report.text.contains("p99Microseconds"))
    }

    @Test func connectModeCountsServedConnects() throws {
        let report = try run(against: TinyEcho()) { $0.mode = .connect }
        #expect(report.count > 0)
        #expect(report.latency.count == report.count)
    }

    @Test func idleModeHoldsItsClients() throws {
        let report = try run(against: TinyEcho()) {
            $0.mode = .idle
            $0.connections = 40
        }
        #expect(report.count == 40)
    }

    @Test func droppedClientsDisconnectAndTheOthersGoOn() throws {
        let report = try run(against: TinyEcho()) { $0.dropped = 100 }
        #expect(report.count > 0)
    }

    @Test func severalPortsShareTheConnections() throws {
        let other = TinyEcho()
        defer { other.stop() }
        let report = try run(against: TinyEcho()) { $0.ports.append(other.port) }
        #expect(report.count > 0)
    }

    @Test func foreignReplyEndsTheRun() throws {
        let error = #expect(throws: LoadError.self) { _ = try run(against: TinyEcho(reply: [1, 2, 3])) }
        #expect(error?.code == .badReply)
    }

    @Test func silentServerEndsTheRun() throws {
        let error = #expect(throws: LoadError.self) {
            _ = try run(against: TinyEcho(reply: [])) {
                $0.timeout = 0.2
                $0.seconds = 60
            }
        }
        #expect(error?.code == .silent)
    }

    @Test func nobodyListeningEndsTheRun() throws {
        let echo = TinyEcho()
        let port = echo.port
        echo.stop()
        let error = #expect(throws: LoadError.self) {
            _ = try LoadClient(LoadConfiguration(ports: [port])).run()
        }
        #expect(error?.code == .system)
    }

    @Test func impossibleConfigurationIsRefused() {
        let error = #expect(throws: LoadError.self) {
            _ = try LoadClient(LoadConfiguration(ports: [1], payload: 65_536)).run()
        }
        #expect(error?.code == .badConfiguration)
    }
}
