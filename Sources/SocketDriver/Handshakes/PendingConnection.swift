// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import NIOCore

/// A connection in its handshake: scripts do not know it yet, or still wait for it.
///
/// For the holder of its loop.
final class PendingConnection: Watcher {
    private let descriptor: Int32
    private let peer: SystemAddress
    private let transport: Transport
    private let loop: SocketLoop
    private var machine: Handshake
    private var facts: HandshakeFacts
    private var token: WatchToken?
    private var awaitsWritable = false
    private var tls: TLSStream?
    private var channel: SocketChannel?
    private var deadline: ScheduledTask?
    private var completed: ((Result<ReadyConnection, HandshakeRefusal>) -> Void)?

    /// Takes a connected descriptor over, which does not block.
    init(_ descriptor: Int32, from peer: SystemAddress, by transport: Transport, on loop: SocketLoop) {
        self.descriptor = descriptor
        self.peer = peer
        self.transport = transport
        self.loop = loop
        facts = HandshakeFacts(scheme: transport.scheme)
        machine = Handshake(transport.steps)
    }

    /// Begins; `completed` is called once, perhaps before this returns. After a refusal the descriptor is closed.
    func begin(_ completed: @escaping (Result<ReadyConnection, HandshakeRefusal>) -> Void) {
        self.completed = completed
        follow(machine.begin())
        if self.completed == nil { return }
        deadline = loop.schedule(after: transport.handshakeTime) { self.follow(self.machine.expired()) }
    }

    /// Ends it, and nobody is told.
    func cancel() {
        completed = nil
        follow(machine.left())
    }

    /// Ends it in favour of others.
    func giveWay(_ refusal: HandshakeRefusal) { follow(machine.abandoned(refusal)) }

    private func follow(_ verdict: Handshake.Verdict) {
        switch verdict {
        case .perform(.proxyHeader): if watch() { readProxyHeader() }
        case .perform(.tls): beginTLS()
        case .perform(.upgrade):
            unwatch()
            upgrade()
        case .ready:
            unwatch()
            finish(.success(channel.map { ReadyConnection($0, facts) } ?? ReadyConnection(stream, facts)))
        case .refuse(let refusal):
            unwatch()
            close(refusal)
            finish(.failure(refusal))
        case .nothing: break
        }
    }

    private var stream: ByteStream { tls.map { .tls($0, descriptor) } ?? .socket(descriptor) }

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

    // MARK: The descriptor

    /// False when the system refuses; then this is over.
    private func watch() -> Bool {
        if token != nil { return true }
        token = loop.watch(descriptor, self)
        if token == nil { follow(machine.abandoned(HandshakeRefusal(.system, SystemError(errno).text))) }
        return token != nil
    }

    private func unwatch() {
        if let token = token.take() { loop.unwatch(token, descriptor) }
    }

    func ready(_ readiness: Readiness) {
        switch machine.current {
        case .proxyHeader: readProxyHeader()
        case .tls: continueTLS()
        case .upgrade, nil: break
        }
        // Half a connection is of no use in a handshake, and what was said before has just been read.
        if token != nil, !readiness.isDisjoint(with: [.finished, .hungUp, .failed]) { follow(machine.left()) }
    }

    // MARK: PROXY header

    /// Looks at what has come without taking it: what is behind the header belongs to the next step.
    private func readProxyHeader() {
        let window = UnsafeMutableRawBufferPointer(rebasing: loop.readBuffer[..<ProxyHeader.longest])
        let count: Int
        switch SystemCalls.peek(descriptor, window) {
        case .read(let length): count = length
        case .nothing: return
        case .endOfStream: return follow(machine.left())
        case .failed(let code): return follow(machine.failed(SystemCalls.text(of: code)))
        }
        switch transport.options.proxyDecision(window[..<count], from: peer.packed) {
        case .wait: break
        case .refuse(let refusal): follow(machine.failed(refusal.description))
        case .proceed(let header):
            if let header {
                _ = SystemCalls.read(descriptor, UnsafeMutableRawBufferPointer(rebasing: window[..<header.length]))
                if case .address(let client, _) = header.source { facts.client = SystemAddress(client) }
            }
            follow(machine.passed())
        }
    }

    // MARK: TLS

    private func beginTLS() {
        guard watch(), let context = transport.tls else { return }
        do throws(TLSError) {
            tls = try TLSStream(context, descriptor, serverName: transport.serverName)
            continueTLS()
        } catch {
            follow(machine.failed(error.text))
        }
    }

    private func continueTLS() {
        guard let tls, machine.current == .tls else { return }
        switch tls.handshake(through: loop.sealedBuffer) {
        case .done: follow(machine.passed())
        case .wantsRead: break
        case .wantsWrite:
            guard !awaitsWritable, let token else { return }
            awaitsWritable = true
            loop.watchWritable(token, descriptor)
        case .failed(let reason): follow(machine.failed(reason))
        }
    }

    // MARK: Upgrade

    private func upgrade() {
        let channel = SocketChannel(stream, on: loop)
        self.channel = channel
        // Later, because a handler that closes has a better reason, and says it when the channel has closed.
        channel.whenClosed = { [loop] in loop.schedule(after: 0) { self.follow(self.machine.left()) } }
        do {
            try transport.configure?(channel, facts.client ?? peer) { result in
                switch result {
                case .success(let upgrade):
                    self.facts.webSocket = upgrade.webSocket
                    self.facts.client = upgrade.client ?? self.facts.client
                    self.follow(self.machine.passed())
                case .failure(let refusal): self.follow(self.machine.abandoned(refusal))
                }
            }
            if channel.phase == .unregistered { channel.register0(promise: nil) }
        } catch {
            follow(machine.failed(PipelineConnection.text(of: error)))
            channel.close0(error: error, mode: .all, promise: nil)
        }
    }
}
