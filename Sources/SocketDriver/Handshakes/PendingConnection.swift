// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import NIOCore

/// A connection in its handshake: scripts do not know it yet, or still wait for it.
///
/// For the holder of its loop.
final class PendingConnection {
    private let descriptor: Int32
    private let peer: SystemAddress
    private let transport: Transport
    private let loop: SocketLoop
    private var machine: Handshake
    private var facts = HandshakeFacts()
    private var channel: SocketChannel?
    private var deadline: ScheduledTask?
    private var completed: ((Result<ReadyConnection, HandshakeRefusal>) -> Void)?

    /// Takes a connected descriptor over, which does not block.
    init(_ descriptor: Int32, from peer: SystemAddress, by transport: Transport, on loop: SocketLoop) {
        self.descriptor = descriptor
        self.peer = peer
        self.transport = transport
        self.loop = loop
        machine = Handshake(transport.steps)
    }

    /// Begins; `completed` is called once, perhaps before this returns. After a refusal the descriptor is closed.
    func begin(_ completed: @escaping (Result<ReadyConnection, HandshakeRefusal>) -> Void) {
        self.completed = completed
        let verdict = machine.begin()
        follow(verdict)
        if self.completed == nil { return }
        deadline = loop.schedule(after: transport.handshakeTime) { self.follow(self.machine.expired()) }
    }

    /// Ends it, and nobody is told.
    func cancel() {
        completed = nil
        follow(machine.left())
    }

    private func follow(_ verdict: Handshake.Verdict) {
        switch verdict {
        case .perform(.upgrade): upgrade()
        case .perform(.proxyHeader), .perform(.tls): follow(machine.failed("this release does not know that step"))
        case .ready: finish(.success(channel.map { ReadyConnection($0, facts) } ?? ReadyConnection(descriptor, facts)))
        case .refuse(let refusal):
            close(refusal)
            finish(.failure(refusal))
        case .nothing: break
        }
    }

    private func finish(_ result: Result<ReadyConnection, HandshakeRefusal>) {
        deadline?.cancel()
        completed.take()?(result)
    }

    /// Whoever refuses an upgrade closes the channel, after an answer.
    private func close(_ refusal: HandshakeRefusal) {
        guard let channel else {
            Glibc.close(descriptor)
            return
        }
        if refusal.kind != .upgrade, channel.phase != .closed {
            channel.close0(error: refusal, mode: .all, promise: nil)
        }
    }

    // MARK: Upgrade

    private func upgrade() {
        let channel = SocketChannel(descriptor, on: loop)
        self.channel = channel
        channel.whenClosed = { self.follow(self.machine.left()) }
        do {
            try transport.configure?(channel) { result in
                switch result {
                case .success(let facts):
                    self.facts.webSocket = facts
                    self.follow(self.machine.passed())
                case .failure(let refusal): self.follow(self.machine.failed(refusal.description))
                }
            }
            if channel.phase == .unregistered { channel.register0(promise: nil) }
        } catch {
            follow(machine.failed(PipelineConnection.text(of: error)))
            channel.close0(error: error, mode: .all, promise: nil)
        }
    }
}
