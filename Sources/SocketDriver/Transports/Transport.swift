// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import Glibc
internal import NIOCore

/// How the bytes of a connection travel: what it has to pass before it is ready, and the ``Connection`` at the end.
///
/// A stream socket never sees the descriptor, so nothing that a transport does to its bytes can be left out.
struct Transport: Sendable {
    /// Adds handlers to a new channel, on its loop, and says when they are ready for messages; what the last one hands on
    /// then, and what it takes, is a `ByteBuffer` for each message. Whoever says that they never will be closes the
    /// channel, once the peer has got an answer. `client` is who is there, as far as is known.
    typealias Configure =
        @Sendable (
            _ channel: SocketChannel, _ client: SystemAddress,
            _ completed: @escaping (Result<Upgrade, HandshakeRefusal>) -> Void
        ) throws -> Void

    /// What an upgrade found out.
    struct Upgrade {
        var webSocket: ConnectionFacts.WebSocket?
        /// Whom a trusted proxy speaks for.
        var client: SystemAddress?
    }

    private(set) var scheme = Endpoint.Scheme.tcp
    private(set) var steps: [Handshake.Step] = []
    /// Whose proxies are believed, and how a listener's clients keep their packets apart.
    private(set) var options = ListenerOptions()
    private(set) var tls: TLSContext?
    /// What a server has to prove to be.
    private(set) var serverName: String?
    private(set) var configure: Configure?
    private(set) var packets: PacketPolicy?
    /// Nanoseconds for all steps together.
    var handshakeTime: UInt64 { options.handshakeTimeout }
    /// The most connections of one listener that are in their handshake at a time.
    var mostHandshakes: Int { options.mostHandshakes }

    /// The bytes as they are.
    static let plain = Transport()

    /// Through NIO's protocol handlers, which turn what comes in into whole messages and messages into what goes out.
    static func pipeline(_ options: ListenerOptions = ListenerOptions(), _ configure: @escaping Configure) -> Transport
    {
        var transport = Transport()
        transport.steps = [.upgrade]
        transport.options = options
        transport.configure = configure
        return transport
    }

    private init() {}
}

// MARK: - By its endpoint

extension Transport {
    /// What carries the clients of a listener.
    init(listeningAt endpoint: Endpoint, _ options: ListenerOptions) throws(SocketError) {
        self.init()
        scheme = endpoint.scheme
        self.options = options
        if options.proxyProtocol != .off { steps.append(.proxyHeader) }
        if endpoint.scheme.isEncrypted, let certificates = options.tls {
            do throws(TLSError) { tls = try TLSContext(certificates) } catch { throw SocketError(error.text) }
            steps.append(.tls)
        }
        if endpoint.scheme.isWebSocket {
            steps.append(.upgrade)
            configure = Self.server(endpoint, options)
            packets = .messages(smallest: options.smallestPacket)
        } else if options.framing != .u16be || options.smallestPacket > 0
            || options.largestPacket < options.framing.largestPacket
        {
            let sizes = options.smallestPacket...max(options.smallestPacket, options.largestPacket)
            packets = .framed(PacketRules(options.framing, sizes: sizes))
        }
    }

    /// What carries an outgoing connection.
    init(connectingTo endpoint: Endpoint, _ options: ConnectOptions, _ context: TLSContext?) {
        self.init()
        scheme = endpoint.scheme
        self.options.handshakeTimeout = options.handshakeTimeout
        if endpoint.scheme.isEncrypted {
            tls = context
            serverName = endpoint.host
            steps.append(.tls)
        }
        if endpoint.scheme.isWebSocket {
            steps.append(.upgrade)
            configure = Self.client(endpoint, options.webSocket)
            packets = .messages(smallest: 0)
        }
    }

    private static func server(_ endpoint: Endpoint, _ options: ListenerOptions) -> Configure {
        var webSocket = options.webSocket
        webSocket.largestMessage = options.largestPacket
        let forwarded = ForwardedHeaders(believed: options.forwardedHeaders, trusted: options.trustedProxies)
        return { [webSocket] channel, peer, completed in
            var client: SystemAddress?
            let request = UpgradeRequest(resource: endpoint.resource, options: webSocket) { headers in
                guard let peer = peer.packed else { return nil }
                switch forwarded.client(headers: headers, peer: peer) {
                case .peer: return nil
                case .address(let address): client = SystemAddress(address)
                case .refused(let reason): return reason
                }
                return nil
            }
            try WebSocketServer.configure(channel, request) { result in
                completed(result.map { Upgrade(webSocket: $0.facts, client: client) }.mapError(HandshakeRefusal.init))
            }
        }
    }

    private static func client(_ endpoint: Endpoint, _ options: ConnectOptions.WebSocket) -> Configure {
        var webSocket = WebSocketOptions()
        webSocket.subprotocols = options.subprotocols
        webSocket.origins = options.origin.map { [$0] } ?? []
        webSocket.largestMessage = options.largestMessage
        webSocket.pingInterval = options.pingInterval
        return { [webSocket] channel, _, completed in
            try WebSocketClient.configure(channel, endpoint: endpoint, options: webSocket) { result in
                completed(result.map { Upgrade(webSocket: $0.facts) }.mapError(HandshakeRefusal.init))
            }
        }
    }
}

extension HandshakeRefusal {
    fileprivate init(_ refusal: WebSocketRefusal) {
        self.init(refusal.reason == .disconnected ? .left : .upgrade, refusal.sentence)
    }
}

/// A connection that has passed its handshake, and what makes it the connection of a socket, once.
struct ReadyConnection {
    /// The descriptor, or the channel that has it.
    private enum Carrier {
        case stream(ByteStream)
        case channel(SocketChannel)
    }

    private let carrier: Carrier
    let facts: HandshakeFacts?

    /// A connection that nothing was asked of.
    init(_ descriptor: Int32) {
        carrier = .stream(.socket(descriptor))
        facts = nil
    }

    init(_ stream: ByteStream, _ facts: HandshakeFacts) {
        carrier = .stream(stream)
        self.facts = facts
    }

    init(_ channel: SocketChannel, _ facts: HandshakeFacts) {
        carrier = .channel(channel)
        self.facts = facts
    }

    /// On the loop of the socket. Nil when the system refuses: everything is closed then.
    func makeConnection(for socket: StreamSocket) -> (any Connection)? {
        switch carrier {
        case .stream(let stream):
            let connection = SocketConnection(stream, of: socket)
            // The kernel refuses only when its own memory or the limit of watches is exhausted.
            if connection.register() { return connection }
            let code = errno
            Glibc.close(stream.descriptor)
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
