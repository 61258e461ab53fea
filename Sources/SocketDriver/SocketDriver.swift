// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// Turns sockets into numbered events and accepts bytes to send.
///
/// Every function may be called from any thread, also from the threads of the loops, and none waits. A socket lives on
/// one loop for life; its events come from there, in order. What one caller asks of one socket is done in the order
/// asked; what a thread with a ``SubmissionQueue`` asks of several is done in the order asked, too.
public final class SocketDriver: Sendable {
    /// What may be tuned, with defaults that suit a gate.
    public struct Configuration: Sendable {
        /// Nanoseconds that accepting rests after descriptors ran out, unless one of our sockets closes before.
        public var acceptPause: UInt64
        /// Nanoseconds that accepting must have gone well, after descriptors ran out, until the shortage counts as over.
        public var shortageEnds: UInt64

        /// What holds for listeners, by where they listen.
        public var listeners = EndpointCatalog(defaults: ListenerOptions())
        /// What holds for outgoing connections, by where they go.
        public var connects = EndpointCatalog(defaults: ConnectOptions())

        public init(acceptPause: UInt64 = 100_000_000, shortageEnds: UInt64 = 1_000_000_000) {
            self.acceptPause = acceptPause
            self.shortageEnds = shortageEnds
        }
    }

    let loops: [SocketLoop]
    let sink: any SocketEventSink
    /// The sink's.
    let tailRoom: Int
    let observer: any SocketObserver
    let configuration: Configuration
    private let table = Mutex(SocketTable<any DriverSocket>())
    private let nextLoop = Atomic<Int>(0)
    let open = OpenConnections()
    let backoff = AcceptBackoff()
    private let clientContexts = Mutex<[TLSClientOptions: TLSContext]>([:])
    /// The sockets that are not read because somebody has too much of them, by who has.
    let heldBack = Mutex<[SocketOwner: [StreamSocket]]>([:])

    /// Names longer than this are refused unseen.
    private static let longestHost = 231

    /// To be made before anybody holds one of the loops.
    public init(
        loops: [SocketLoop],
        sink: any SocketEventSink,
        observer: any SocketObserver,
        configuration: Configuration = Configuration()
    ) {
        precondition(!loops.isEmpty, "A socket driver needs at least one event loop.")
        self.loops = loops
        self.sink = sink
        tailRoom = sink.tailRoom
        self.observer = observer
        self.configuration = configuration
        for loop in loops { loop.disconnects.isBehind = { sink.isBehind } }
    }

    // MARK: Opening

    /// Binds and listens at once, in the calling thread; connections wait in the kernel until `start`. An empty host is
    /// every IPv4 address. The corresponding Lua function is `socketdriver.listen`.
    public func listen(_ endpoint: Endpoint, backlog: Int, owner: SocketOwner) throws(SocketError) -> SocketID {
        let options: ListenerOptions
        do throws(ListenerOptions.Contradiction) {
            options = try configuration.listeners.listenerOptions(for: endpoint)
        } catch {
            throw SocketError(error.description)
        }
        let transport = try Transport(listeningAt: endpoint, options)
        return try listen(endpoint, backlog: backlog, owner: owner, transport: transport)
    }

    func listen(
        _ endpoint: Endpoint,
        backlog: Int,
        owner: SocketOwner,
        transport: Transport
    ) throws(SocketError) -> SocketID {
        try refuseAfterShutdown()
        let descriptor = try Listener.open(endpoint, backlog: backlog)
        let loop = takeLoop()
        let socket = register {
            Listener(
                id: $0,
                loop: loop,
                driver: self,
                owner: owner,
                descriptor: descriptor,
                endpoint: endpoint,
                transport: transport
            )
        }
        socket.register()
        return socket.id
    }

    /// Connects; names are resolved off the loops. Answers -1 for a host that is too long, and no event follows.
    /// The corresponding Lua function is `socketdriver.connect`.
    public func connect(_ endpoint: Endpoint, owner: SocketOwner) throws(SocketError) -> SocketID {
        guard endpoint.host.utf8.count <= Self.longestHost else {
            observer.noticed(.hostTooLong(endpoint.host))
            return -1
        }
        guard !open.isClosing else { return -1 }
        let options = configuration.connects.options(for: endpoint)
        let context = endpoint.scheme.isEncrypted ? try clientContext(options.tls) : nil
        let transport = Transport(connectingTo: endpoint, options, context)
        let loop = takeLoop()
        let socket = register {
            StreamSocket(
                id: $0,
                loop: loop,
                driver: self,
                owner: owner,
                phase: .connecting,
                packets: transport.packets
            )
        }
        OutgoingConnect.begin(socket, to: endpoint, by: transport)
        return socket.id
    }

    /// Reading the authorities takes milliseconds, so it happens once for all connections with the same options.
    private func clientContext(_ options: TLSClientOptions) throws(SocketError) -> TLSContext {
        if let context = clientContexts.withLock({ $0[options] }) { return context }
        do throws(TLSError) {
            let context = try TLSContext(options)
            clientContexts.withLock { $0[options] = context }
            return context
        } catch {
            throw SocketError(error.text)
        }
    }

    // MARK: Steering

    /// Begins or resumes reading and makes `owner` the owner. The corresponding Lua function is `socketdriver.start`.
    public func start(_ id: SocketID, owner: SocketOwner) {
        if let socket = find(id) {
            post(.start(owner), to: socket)
        } else {
            sink.receive(.failed(id, reason: "invalid socket"), for: owner, loop: 0)
        }
    }

    /// Stops reading, or accepting. The corresponding Lua function is `socketdriver.pause`.
    public func pause(_ id: SocketID) { post(.pause, to: id) }

    /// Ends the socket once everything sent has left. The corresponding Lua function is `socketdriver.close`.
    public func close(_ id: SocketID) { post(.close, to: id) }

    /// Ends the socket now. The corresponding Lua function is `socketdriver.shutdown`.
    public func shutdown(_ id: SocketID) { post(.shutdown, to: id) }

    /// Sets TCP_NODELAY. The corresponding Lua function is `socketdriver.nodelay`.
    public func nodelay(_ id: SocketID) { post(.nodelay, to: id) }

    private func post(_ command: SocketCommand, to id: SocketID) {
        if let socket = find(id) { post(command, to: socket) }
    }

    private func post(_ command: SocketCommand, to socket: any DriverSocket) {
        socket.expect(command)
        if let queue = SubmissionQueue.current {
            queue.add(command, to: socket)
        } else {
            socket.loop.post(command, to: socket)
        }
    }

    // MARK: Sending

    /// Copies `bytes` and sends them; false when the socket is unknown or closing. True does not promise delivery.
    /// The corresponding Lua functions are `socketdriver.send` and `socketdriver.lsend`.
    @discardableResult
    public func send(_ id: SocketID, _ bytes: UnsafeRawBufferPointer, priority: SendPriority = .high) -> Bool {
        find(id)?.send(bytes, priority: priority) ?? false
    }

    /// Sends one whole packet in the way in which the connection keeps packets apart: behind a length of two bytes, in
    /// the framing of its listener, or as a message of a WebSocket. False when the socket is unknown or closing.
    ///
    /// - Throws: for a packet whose length cannot be told there.
    @discardableResult
    public func sendPacket(
        _ id: SocketID,
        _ packet: UnsafeRawBufferPointer,
        priority: SendPriority = .high
    ) throws(SocketError) -> Bool {
        try (find(id) as? StreamSocket)?.sendPacket(packet, priority: priority) ?? false
    }

    // MARK: Watching and ending

    /// All sockets that are worth listing, highest slot first. The corresponding Lua function is `socketdriver.info`.
    public func information() -> [SocketInformation] {
        all.compactMap { $0.information }
    }

    /// What is known of a connection; nil for a socket that is none, and before there is one.
    public func facts(of id: SocketID) -> ConnectionFacts? { (find(id) as? StreamSocket)?.facts }

    /// Closes everything at once and refuses what comes later; `done` is called when the loops hold no descriptor of ours.
    public func shutdownAll(_ done: @escaping @Sendable () -> Void) {
        open.close(then: done)
        for socket in all { socket.loop.post(.shutdown, to: socket) }
        tellDisconnects()
    }

    /// Closes everything at once and returns when the loops hold no descriptor of ours.
    public func shutdownAll() async {
        await withCheckedContinuation { continuation in
            shutdownAll { continuation.resume() }
        }
    }
}

extension SocketDriver {
    /// All sockets, highest slot first.
    var all: [any DriverSocket] { table.withLock { $0.all } }

    @inline(__always)
    func find(_ id: SocketID) -> (any DriverSocket)? {
        table.withLock { $0[id] }
    }

    /// Numbers a new socket.
    func register<Socket: DriverSocket>(_ make: @Sendable (SocketID) -> Socket) -> Socket {
        let socket = table.withLock { table in
            var made: Socket?
            _ = table.insert { id in
                let socket = make(id)
                made = socket
                return socket
            }
            guard let made else { preconditionFailure("The table makes what it inserts.") }
            return made
        }
        observer.opened(socket.id)
        return socket
    }

    /// Tells at once of all peers that have gone. Their sockets hold descriptors until services have closed them.
    func tellDisconnects() {
        for loop in loops { loop.run { loop.disconnects.tellAll() } }
    }

    /// A descriptor is free again.
    func connectionClosed() {
        backoff.descriptorClosed()
        open.closed()
    }

    func forget(_ id: SocketID) {
        table.withLock { _ = $0.remove(id) }
    }

    /// Listeners and outgoing connections take the loops in turn.
    func takeLoop() -> SocketLoop {
        let turn = nextLoop.wrappingAdd(1, ordering: .relaxed).oldValue
        return loops[Int(UInt(bitPattern: turn) % UInt(loops.count))]
    }

    func refuseAfterShutdown() throws(SocketError) {
        if open.isClosing { throw SocketError("the socket driver has been shut down") }
    }
}
