// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Synchronization

/// Clients of an echo that never rest: some stay, and one after the other is new. Their longest waits are kept.
final class EchoWatch: Sendable {
    /// The longest waits since the last look, and how many echoes came.
    struct Waits: CustomStringConvertible {
        var lasting = Duration.zero
        var new = Duration.zero
        var count = 0
        var failures: [String] = []

        var longest: Duration { max(lasting, new) }

        var description: String {
            let figures = [lasting, new].map { String(format: "%.1f ms", $0 / .milliseconds(1)) }
            return "lasting clients \(figures[0]), new clients \(figures[1]), \(count) echoes"
        }
    }

    private let waits = Mutex(Waits())
    private let running = Mutex(0)
    private let isStopped = Atomic<Bool>(false)

    init(_ gate: OpenGate, lasting: Int = 20) {
        start { watch in
            let clients = try (0..<lasting).map { _ in try gate.client() }
            while !watch.isStopped.load(ordering: .relaxed) { try watch.round(clients) }
        }
        start { watch in
            while !watch.isStopped.load(ordering: .relaxed) { try watch.comeAndGo(gate) }
        }
    }

    deinit { isStopped.store(true, ordering: .relaxed) }

    private func start(_ body: @escaping @Sendable (EchoWatch) throws -> Void) {
        running.withLock { $0 += 1 }
        Thread { [self] in
            do { try body(self) } catch { waits.withLock { $0.failures.append("\(error)") } }
            running.withLock { $0 -= 1 }
        }.start()
    }

    /// Ends the clients; returns when they have gone.
    func stop() async throws {
        isStopped.store(true, ordering: .relaxed)
        while running.withLock({ $0 > 0 }) { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// The waits since the last look.
    func look() -> Waits { waits.withLock { exchange(&$0, with: Waits(failures: $0.failures)) } }

    private func round(_ clients: [GateClient]) throws {
        let clock = ContinuousClock()
        let sent = try clients.map { client in
            let now = clock.now
            try client.send("tick")
            return now
        }
        for (client, began) in zip(clients, sent) {
            guard try client.receiveText() == "tick" else { throw GateClient.Failure(description: "a wrong echo") }
            let wait = clock.now - began
            waits.withLock { waits in
                waits.lasting = max(waits.lasting, wait)
                waits.count += 1
            }
        }
        usleep(500)
    }

    private func comeAndGo(_ gate: OpenGate) throws {
        let wait = try ContinuousClock().measure {
            let client = try gate.client()
            _ = try client.ask("tick")
            client.hangUp()
        }
        waits.withLock { waits in
            waits.new = max(waits.new, wait)
            waits.count += 1
        }
        usleep(2000)
    }
}
