// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Synchronization
import Testing

@testable import SocketDriver

/// What carries the streams of a test's listeners.
enum ConnectionKind: CaseIterable, Sendable {
    case plain
    /// A NIO pipeline without a handler that changes anything: each read is a message.
    case pipeline

    fileprivate var transport: Transport {
        switch self {
        case .plain: .plain
        case .pipeline: .handlers { _ in }
        }
    }
}

/// A driver on loops of its own, each held by a thread, with a recording sink.
struct Rig: Sendable {
    let loops: [LoopHolder]
    let driver: SocketDriver
    let sink: RecordingSink
    let log: LogLines
    let transport: Transport

    /// What an observer was told, a line each: what was noticed as it is.
    final class LogLines: SocketObserver {
        private let lines = Mutex<[String]>([])
        private let ends = Mutex<[SocketID: (SocketEnd, SocketTotals)]>([:])
        private let turnedAway = Mutex<[HandshakeRefusal]>([])
        var all: [String] { lines.withLock { $0 } }
        func end(of id: SocketID) -> (reason: SocketEnd, totals: SocketTotals)? { ends.withLock { $0[id] } }
        var refusals: [HandshakeRefusal] { turnedAway.withLock { $0 } }

        func noticed(_ notice: SocketNotice) { lines.withLock { $0.append(notice.description) } }
        func closed(_ id: SocketID, _ reason: SocketEnd, _ totals: SocketTotals) {
            ends.withLock { $0[id] = (reason, totals) }
        }
        func refused(by listener: SocketID, at endpoint: Endpoint, _ refusal: HandshakeRefusal) {
            turnedAway.withLock { $0.append(refusal) }
        }
    }

    /// Runs a test with a driver and ends both, whatever the test does.
    static func run(
        loops: Int = 1,
        over kind: ConnectionKind = .plain,
        transport: Transport? = nil,
        configuration: SocketDriver.Configuration = .init(),
        _ body: (Rig) async throws -> Void
    ) async throws {
        signal(SIGPIPE, SIG_IGN)
        let loops = (0..<loops).map { LoopHolder(SocketLoop(number: $0)) }
        let sink = RecordingSink()
        let log = LogLines()
        let driver = SocketDriver(
            loops: loops.map(\.loop),
            sink: sink,
            observer: log,
            configuration: configuration
        )
        for loop in loops { Thread { loop.hold() }.start() }
        let result: Result<Void, any Error>
        do {
            let transport = transport ?? kind.transport
            try await body(Rig(loops: loops, driver: driver, sink: sink, log: log, transport: transport))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await driver.shutdownAll()
        for loop in loops { await loop.stop() }
        try result.get()
    }

    /// A listener that accepts, and its port.
    func listener(owner: SocketOwner = 1, backlog: Int = 32, started: Bool = true) async throws -> (SocketID, Int32) {
        let id = try driver.listen(
            Endpoint(host: "127.0.0.1"),
            backlog: backlog,
            owner: owner,
            transport: transport
        )
        let port = try await sink.first("listening") { happening -> Int32? in
            if case .connected(id, "127.0.0.1", let port) = happening { port } else { nil }
        }
        if started {
            driver.start(id, owner: owner)
            try await sink.wait(for: .connected(id, "start", 0))
        }
        return (id, port)
    }

    /// A connected pair: a peer, and the accepted socket, started unless told otherwise.
    func pair(
        owner: SocketOwner = 1,
        started: Bool = true,
        receiveBuffer: Int32? = nil
    ) async throws
        -> (Peer, SocketID)
    {
        let (listener, port) = try await listener(owner: owner)
        let peer = try Peer(port: port, receiveBuffer: receiveBuffer)
        let id = try await accepted(on: listener, from: peer)
        if started {
            driver.start(id, owner: owner)
            try await sink.wait(for: .connected(id, "start", 0))
        }
        return (peer, id)
    }

    /// The socket that was accepted for a peer.
    func accepted(on listener: SocketID, from peer: Peer) async throws -> SocketID {
        let address = "127.0.0.1:\(peer.localPort)"
        return try await sink.first("accepting") { happening -> SocketID? in
            if case .accepted(listener, let id, address) = happening { id } else { nil }
        }
    }

    @discardableResult
    func send(_ id: SocketID, _ bytes: [UInt8], _ priority: SendPriority = .high) -> Bool {
        bytes.withUnsafeBytes { driver.send(id, $0, priority: priority) }
    }

    @discardableResult
    func send(_ id: SocketID, _ text: String, _ priority: SendPriority = .high) -> Bool {
        send(id, Array(text.utf8), priority)
    }

    /// Runs `body` on the first loop, and what it asks of sockets is one turn's, as a service's would be.
    func onLoop(_ body: @escaping @Sendable () -> Void) async throws {
        await loops[0].finish(body)
    }

    /// Waits until everything asked of the loops so far has been done: each works in order.
    func settle() async throws {
        for loop in loops {
            await loop.finish {}
            await loop.finish {}
        }
    }
}

/// All tests that use real sockets run one after the other: they count blocks and descriptors of the whole process.
@Suite(.serialized, .timeLimit(.minutes(5)))
enum SocketTests {}

extension Transport {
    /// A pipeline of handlers that have nothing to agree on with the peer.
    static func handlers(_ add: @escaping @Sendable (SocketChannel) throws -> Void) -> Transport {
        .pipeline { channel, _, completed in
            try add(channel)
            completed(.success(Upgrade()))
        }
    }
}
