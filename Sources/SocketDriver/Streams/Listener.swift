// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// A listening socket: accepts connections, lets each pass its handshake, and makes sockets of those that do.
final class Listener: DescriptorSocket<ListenMachine>, @unchecked Sendable {
    // Sendable: see `StreamSocket`; what is below `MARK: Loop` belongs to the holder of `loop`.
    let endpoint: Endpoint
    private let local: SystemAddress?
    private let transport: Transport

    // MARK: Loop

    /// Those who are in their handshake.
    private var pending: [UInt64: PendingConnection] = [:]
    private var nextPending: UInt64 = 0
    /// None that is pending has a lower number.
    private var oldestPending: UInt64 = 0
    /// Accepting rests because descriptors ran out.
    private var isBackingOff = false
    /// Why descriptors cannot be had, from the first failure for want of them until accepting has gone well for a
    /// while. The owner is told of the first one only.
    private var shortage: String?
    private var lastShortage: UInt64 = 0

    /// What the kernel keeps for us at least, whatever backlog the script names: a burst of connects that overflows it
    /// costs each of those clients a second.
    private static let smallestBacklog = 4096

    init(
        id: SocketID,
        loop: SocketLoop,
        driver: SocketDriver,
        owner: SocketOwner,
        descriptor: Int32,
        endpoint: Endpoint,
        transport: Transport
    ) {
        self.endpoint = endpoint
        self.transport = transport
        self.local = SystemAddress(boundTo: descriptor)
        super.init(id: id, loop: loop, driver: driver, owner: owner, descriptor: descriptor)
    }

    /// Binds and listens; an empty host is every IPv4 address.
    static func open(_ endpoint: Endpoint, backlog: Int) throws(SocketError) -> Int32 {
        var endpoint = endpoint
        if endpoint.host.isEmpty { endpoint.host = "0.0.0.0" }
        let address = try SystemAddress.resolve(endpoint)[0]
        if endpoint.scheme == .unix { try removeStaleSocket(address) }
        let backlog = Int32(clamping: max(backlog, smallestBacklog))
        let listening = SystemCalls.boundSocket(address, type: SOCK_STREAM).flatMap { descriptor in
            SystemCalls.startListening(descriptor, backlog: backlog).map { descriptor }
        }
        switch listening {
        case .success(let descriptor): return descriptor
        case .failure(let error): throw SocketError(error.text)
        }
    }

    /// A socket in the file system outlives the process that made it; nobody can listen there again before it is gone.
    private static func removeStaleSocket(_ address: SystemAddress) throws(SocketError) {
        guard let path = address.path, SystemCalls.isSocket(path: path) else { return }
        if SystemCalls.isAlive(address) { throw SocketError(SystemError(EADDRINUSE).text) }
        unlink(path)
    }

    /// Announces the socket to its owner.
    override func registered() {
        let host = endpoint.scheme == .unix ? endpoint.description : local?.host ?? ""
        deliver(.connected(id, detail: host, port: Int32(local?.port ?? 0)))
    }

    override var isClient: Bool { true }

    override func send(_ bytes: UnsafeRawBufferPointer, priority: SendPriority) -> Bool {
        driver.observer.noticed(.writeToListener(id))
        return true
    }

    override var kind: SocketInformation.Kind { .listen }

    override func describe(_ row: inout SocketInformation) {
        row.accepted = counters.totals.packetsRead
        row.address = local?.text
        row.scheme = endpoint.scheme
    }

    override func willClose() {
        driver.backoff.remove(id)
        for client in exchange(&pending, with: [:]).values { client.cancel() }
        if endpoint.scheme == .unix { unlink(endpoint.host) }
    }

    // MARK: Accepting

    override var rests: Bool { isBackingOff }

    override func readNext() -> Bool {
        switch SystemCalls.accept(descriptor) {
        case nil: return false
        case .success((let descriptor, let peer)): accepted(descriptor, peer)
        case .failure(let error): acceptFailed(error)
        }
        return true
    }

    private func accepted(_ descriptor: Int32, _ peer: SystemAddress) {
        counters.countRead(0)
        guard !transport.steps.isEmpty else { return admit(ReadyConnection(descriptor), peer) }
        if pending.count >= transport.mostHandshakes { endOldestHandshake() }
        let client = PendingConnection(descriptor, from: peer, by: transport, on: loop)
        let number = nextPending
        nextPending += 1
        pending[number] = client
        client.begin { [unowned self] outcome in
            pending[number] = nil
            switch outcome {
            case .success(let ready): admit(ready, ready.facts?.client ?? peer)
            case .failure(let refusal): refuse(refusal)
            }
        }
    }

    /// Who is slow gives way: a client that means it has passed long before as many others have come.
    private func endOldestHandshake() {
        while oldestPending < nextPending {
            oldestPending += 1
            guard let client = pending[oldestPending - 1] else { continue }
            let text = "\(pending.count) clients are in their handshake, and this one has been longest"
            return client.giveWay(HandshakeRefusal(.tooMany, text))
        }
    }

    /// Tells the owner of a client that is ready to talk. It stays on the loop of its listener: a packet that never
    /// changes its thread wakes nobody, and clients that are spread over the loops cost up to five times as much.
    private func admit(_ ready: ReadyConnection, _ peer: SystemAddress) {
        let socket = driver.register { id in
            StreamSocket(
                id: id,
                loop: loop,
                driver: driver,
                owner: counters.owner,
                phase: .accepted,
                packets: transport.packets
            )
        }
        socket.setFacts(peer: peer, ready.facts)
        guard let connection = ready.makeConnection(for: socket) else {
            driver.forget(socket.id)
            return refuse(HandshakeRefusal(.system, SystemError(errno).text))
        }
        socket.attach(connection)
        driver.observer.ready(socket.id)
        deliver(.accepted(listener: id, socket.id, address: peer.text))
    }

    private func refuse(_ refusal: HandshakeRefusal) {
        driver.backoff.descriptorClosed()
        var place = endpoint
        if let port = local?.port, endpoint.scheme != .unix { place.port = Int(port) }
        driver.observer.refused(by: id, at: place, refusal)
    }

    // MARK: Want of descriptors

    private func acceptFailed(_ error: SystemError) {
        switch error.code {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: backOff(error.text)
        // The peer gave up before we came to it, or its network did.
        case ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH,
            EPERM:
            break
        default: failed(error.text)
        }
    }

    /// Stops accepting until a descriptor is likely to be free: without that, the pending connection would wake the
    /// loop again and again for nothing.
    private func backOff(_ reason: String) {
        lastShortage = SystemCalls.clock()
        if shortage == nil {
            shortage = reason
            deliver(.failed(id, reason: reason))
            watchShortage()
        }
        isBackingOff = true
        driver.tellDisconnects()
        driver.backoff.add(id) { self.loop.run { self.goOn() } }
        loop.schedule(after: driver.configuration.acceptPause) { self.goOn() }
    }

    /// Looks again when the last failure will be old enough; says so if there was none since.
    private func watchShortage() {
        loop.schedule(after: driver.configuration.shortageEnds) {
            guard let reason = self.shortage, self.machine.phase != .closed else { return }
            let isOver = SystemCalls.clock() >= self.lastShortage + self.driver.configuration.shortageEnds
            guard isOver, !self.isBackingOff else { return self.watchShortage() }
            self.shortage = nil
            self.driver.observer.noticed(.acceptResumed(self.id, after: reason))
        }
    }

    private func goOn() {
        guard isBackingOff else { return }
        isBackingOff = false
        driver.backoff.remove(id)
        resumeReading()
    }
}
