// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import NIOCore
import NIOPosix
import Synchronization

/// Turns sockets into numbered events and accepts bytes to send.
///
/// Every function may be called from any thread, also from the threads of the loops, and none waits. A socket lives on
/// one loop for life; its events come from there, in order. What one caller asks of one socket is done in the order
/// asked.
public final class SocketDriver: Sendable {
    /// What may be tuned, with defaults that suit a gate.
    public struct Configuration: Sendable {
        /// The most bytes one read takes from a socket. A busy socket keeps a buffer of up to this size.
        public var maximumRead: Int
        /// The bytes a socket's read buffer starts with, and shrinks back to.
        public var initialRead: Int
        /// How long accepting rests after descriptors ran out, unless one of our sockets closes before.
        public var acceptPause: TimeAmount
        /// How long accepting must have gone well, after descriptors ran out, until the shortage counts as over.
        public var shortageEnds: TimeAmount

        public init(
            maximumRead: Int = 65536,
            initialRead: Int = 512,
            acceptPause: TimeAmount = .milliseconds(100),
            shortageEnds: TimeAmount = .seconds(1)
        ) {
            self.maximumRead = maximumRead
            self.initialRead = initialRead
            self.acceptPause = acceptPause
            self.shortageEnds = shortageEnds
        }
    }

    let lanes: [LoopLane]
    let sink: any SocketEventSink
    let log: @Sendable (String) -> Void
    let configuration: Configuration
    private let table = Mutex(SocketTable<any DriverSocket>())
    private let nextLane = Atomic<Int>(0)
    let channels = ChannelCensus()
    let starvation = DescriptorStarvation()

    /// Names longer than this are refused unseen.
    private static let longestHost = 231

    /// `log` takes the lines that skynet writes as `socket-server …`; it is called on any thread.
    public init(
        loops: [any EventLoop],
        sink: any SocketEventSink,
        log: @escaping @Sendable (String) -> Void,
        configuration: Configuration = Configuration()
    ) {
        precondition(!loops.isEmpty, "A socket driver needs at least one event loop.")
        self.lanes = loops.enumerated().map { LoopLane(number: $0.offset, eventLoop: $0.element, sink: sink) }
        self.sink = sink
        self.log = log
        self.configuration = configuration
    }

    // MARK: Opening

    /// Binds and listens at once, in the calling thread; connections wait in the kernel until `start`. An empty host is
    /// every IPv4 address. The corresponding Lua function is `socketdriver.listen`.
    public func listen(
        host: String,
        port: Int,
        backlog: Int,
        owner: SocketOwner
    ) throws(SocketError) -> SocketID {
        try refuseAfterShutdown()
        let descriptor = try ListenSocket.open(host: host, port: port, backlog: backlog)
        let lane = takeLane()
        let socket = register { ListenSocket(id: $0, lane: lane, driver: self, owner: owner, descriptor: descriptor) }
        socket.register(backlog: backlog)
        return socket.id
    }

    /// Connects; names are resolved off the loops. Answers -1 for a host that is too long, and no event follows.
    /// The corresponding Lua function is `socketdriver.connect`.
    public func connect(host: String, port: Int, owner: SocketOwner) -> SocketID {
        guard host.utf8.count <= Self.longestHost else {
            log("socket-server error: Invalid addr \(host).")
            return -1
        }
        guard !channels.isClosing else { return -1 }
        let lane = takeLane()
        let socket = register { StreamSocket(id: $0, lane: lane, driver: self, owner: owner, phase: .connecting) }
        StreamConnector.connect(socket, host: host, port: port)
        return socket.id
    }

    // MARK: Steering

    /// Begins or resumes reading and makes `owner` the owner. The corresponding Lua function is `socketdriver.start`.
    public func start(_ id: SocketID, owner: SocketOwner) {
        if let socket = find(id) {
            socket.lane.post(.start(owner), to: socket)
        } else {
            sink.receive(.failed(id, reason: "invalid socket"), for: owner, loop: currentLoop)
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
        guard let socket = find(id) else { return }
        socket.lane.post(command, to: socket)
    }

    // MARK: Sending

    /// Copies `bytes` and sends them; false when the socket is unknown or closing. True does not promise delivery.
    /// The corresponding Lua functions are `socketdriver.send` and `socketdriver.lsend`.
    @discardableResult
    public func send(_ id: SocketID, _ bytes: UnsafeRawBufferPointer, priority: SendPriority = .high) -> Bool {
        find(id)?.stage(bytes, priority: priority) ?? false
    }

    /// Sends a block and frees it, in every outcome.
    @discardableResult
    public func send(_ id: SocketID, _ block: consuming SocketBlock, priority: SendPriority = .high) -> Bool {
        guard let socket = find(id) else { return false }
        return block.withUnsafeBytes { socket.stage($0, priority: priority) }
    }

    // MARK: Watching and ending

    /// All sockets that are worth listing, highest slot first. The corresponding Lua function is `socketdriver.info`.
    public func information() -> [SocketInformation] {
        all.compactMap { $0.information }
    }

    /// Closes everything at once and refuses what comes later; `done` is called when the loops hold no channel of ours.
    public func shutdownAll(_ done: @escaping @Sendable () -> Void) {
        channels.close(then: done)
        for socket in all { socket.lane.post(.shutdown, to: socket) }
        tellPartings()
    }

    /// Closes everything at once and returns when the loops hold no channel of ours.
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
        table.withLock { table in
            var made: Socket?
            _ = table.insert { id in
                let socket = make(id)
                made = socket
                return socket
            }
            guard let made else { preconditionFailure("The table makes what it inserts.") }
            return made
        }
    }

    /// Tells at once of all peers that have gone. Their sockets hold descriptors until services have closed them.
    func tellPartings() {
        for lane in lanes { lane.run { lane.partings.dissolve() } }
    }

    func forget(_ id: SocketID) {
        table.withLock { _ = $0.remove(id) }
    }

    /// Listeners and outgoing connections take the loops in turn.
    func takeLane() -> LoopLane {
        let turn = nextLane.wrappingAdd(1, ordering: .relaxed).oldValue
        return lanes[Int(UInt(bitPattern: turn) % UInt(lanes.count))]
    }

    func refuseAfterShutdown() throws(SocketError) {
        if channels.isClosing { throw SocketError("the socket driver has been shut down") }
    }

    /// The loop of the calling thread, or loop 0 for threads that drive none.
    private var currentLoop: Int {
        lanes.first { $0.eventLoop.inEventLoop }?.number ?? 0
    }
}
