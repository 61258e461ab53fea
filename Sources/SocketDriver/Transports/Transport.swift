// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import NIOCore

/// How the bytes of a connection travel: what it has to pass before it is ready, and the ``Connection`` at the end.
///
/// A stream socket never sees the descriptor, so nothing that a transport does to its bytes can be left out.
struct Transport: Sendable {
    /// Adds handlers to a new channel, on its loop, and says when they are ready for messages; what the last one hands on
    /// then, and what it takes, is a `ByteBuffer` for each message. Whoever says that they never will be closes the
    /// channel, once the peer has got an answer.
    typealias Configure =
        @Sendable (
            SocketChannel, _ completed: @escaping (Result<ConnectionFacts.WebSocket?, HandshakeRefusal>) -> Void
        ) throws -> Void

    var steps: [Handshake.Step] = []
    private(set) var configure: Configure?
    /// Nanoseconds for all steps together.
    var handshakeTime: UInt64 = 10_000_000_000
    /// The most connections of one listener that are in their handshake at a time.
    var mostHandshakes = 1024

    /// The bytes as they are.
    static let plain = Transport()

    /// Through NIO's protocol handlers, which turn what comes in into whole messages and messages into what goes out.
    static func pipeline(_ configure: @escaping Configure) -> Transport {
        Transport(steps: [.upgrade], configure: configure)
    }

    /// What carries the clients of a listener there.
    init(listeningAt endpoint: Endpoint) throws(SocketError) {
        guard endpoint.scheme == .tcp || endpoint.scheme == .unix else {
            throw SocketError("\(endpoint.scheme.rawValue):// is not a transport of this release")
        }
        self = .plain
    }

    /// What carries a connection there.
    init(connectingTo endpoint: Endpoint) throws(SocketError) { try self.init(listeningAt: endpoint) }

    private init(steps: [Handshake.Step] = [], configure: Configure? = nil) {
        self.steps = steps
        self.configure = configure
    }
}

/// A connection that has passed its handshake, and what makes it the connection of a socket, once.
struct ReadyConnection {
    /// The descriptor, or the channel that has it.
    private enum Carrier {
        case descriptor(Int32)
        case channel(SocketChannel)
    }

    private let carrier: Carrier
    let facts: HandshakeFacts?

    init(_ descriptor: Int32) {
        carrier = .descriptor(descriptor)
        facts = nil
    }

    init(_ descriptor: Int32, _ facts: HandshakeFacts) {
        carrier = .descriptor(descriptor)
        self.facts = facts
    }

    init(_ channel: SocketChannel, _ facts: HandshakeFacts) {
        carrier = .channel(channel)
        self.facts = facts
    }

    /// On the loop of the socket. Nil when the system refuses: everything is closed then.
    func makeConnection(for socket: StreamSocket) -> (any Connection)? {
        switch carrier {
        case .descriptor(let descriptor):
            let connection = SocketConnection(descriptor, of: socket)
            // The kernel refuses only when its own memory or the limit of watches is exhausted.
            if connection.register() { return connection }
            let code = errno
            Glibc.close(descriptor)
            errno = code
            return nil
        case .channel(let channel):
            let connection = PipelineConnection(channel, of: socket)
            return connection.open() ? connection : nil
        }
    }
}

/// What a handshake found out.
struct HandshakeFacts: Sendable {
    var scheme = Endpoint.Scheme.tcp
    /// Whom a proxy speaks for.
    var client: SystemAddress?
    var webSocket: ConnectionFacts.WebSocket?
}
