// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import Synchronization

/// A listening socket: accepts connections and makes sockets of them.
final class Listener: DriverSocket, Watcher, @unchecked Sendable {
    // Sendable: see `StreamSocket`; what is below `MARK: Loop` belongs to the holder of `loop`.
    let isClient = true
    let id: SocketID
    let loop: SocketLoop
    unowned let driver: SocketDriver
    private let descriptor: Int32
    private let local: SystemAddress?
    private let transport: any Transport
    let counters: SocketCounters
    private let accepted = Atomic<Int>(0)

    // MARK: Loop

    private var machine = ListenMachine()
    private var token: WatchToken?
    /// Connections may wait in the kernel: it said so, and has not said since that there is none.
    private var isReadable = true
    /// Accepting rests because descriptors ran out.
    private var isBackingOff = false
    /// Why descriptors cannot be had, from the first failure for want of them until accepting has gone well for a
    /// while. The owner is told of the first one only.
    private var shortage: String?
    private var lastShortage: UInt64 = 0

    /// The most connections accepted before the loop's other sockets have their turn.
    private static let acceptBudget = 256
    /// What the kernel keeps for us at least, whatever backlog the script names: a burst of connects that overflows it
    /// costs each of those clients a second.
    private static let smallestBacklog = 4096

    init(
        id: SocketID,
        loop: SocketLoop,
        driver: SocketDriver,
        owner: SocketOwner,
        descriptor: Int32,
        transport: any Transport
    ) {
        self.id = id
        self.loop = loop
        self.driver = driver
        self.descriptor = descriptor
        self.transport = transport
        self.local = SystemAddress(boundTo: descriptor)
        self.counters = SocketCounters(
            owner: owner,
            phase: ListenMachine.Phase.waiting.rawValue,
            isReading: false
        )
    }

    /// Binds and listens; an empty host is every IPv4 address.
    static func open(host: String, port: Int, backlog: Int) throws(SocketError) -> Int32 {
        let address = try resolve(host: host.isEmpty ? "0.0.0.0" : host, port: port)
        let backlog = Int32(clamping: max(backlog, smallestBacklog))
        let listening = SystemCalls.boundSocket(address, type: SOCK_STREAM).flatMap { descriptor in
            SystemCalls.startListening(descriptor, backlog: backlog).map { descriptor }
        }
        switch listening {
        case .success(let descriptor): return descriptor
        case .failure(let error): throw SocketError(error.text)
        }
    }

    private static func resolve(host: String, port: Int) throws(SocketError) -> SystemAddress {
        if let numeric = SystemAddress(numeric: host, port: port) { return numeric }
        do throws(NameResolver.Failure) {
            let found = try NameResolver.addresses(host: host, port: port, type: Int32(SOCK_STREAM.rawValue))
            if let first = found.first { return first }
        } catch {
            throw SocketError(error.text)
        }
        throw SocketError("the host has no address")
    }

    /// Watches the descriptor, from any thread, and announces the socket to its owner.
    func register() {
        driver.open.opened()
        loop.run {
            guard self.machine.phase != .closed else { return }
            self.token = self.loop.watch(self.descriptor, self)
            guard self.token != nil else {
                return self.apply(self.machine.failed("reach skynet socket number limit"))
            }
            self.deliver(.connected(self.id, detail: self.local?.host ?? "", port: Int32(self.local?.port ?? 0)))
        }
    }

    // MARK: DriverSocket

    func send(_ bytes: UnsafeRawBufferPointer, priority: SendPriority) -> Bool {
        driver.log("socket-server error: write to listen fd \(id).")
        return true
    }

    func expect(_ command: SocketCommand) {}

    func perform(_ command: SocketCommand) {
        loop.assertHeld()
        switch command {
        case .start(let owner): apply(machine.start(by: owner))
        case .pause: apply(machine.pause())
        case .close, .shutdown, .drain: apply(machine.close())
        case .nodelay: break
        }
    }

    var information: SocketInformation? {
        guard counters.phase == ListenMachine.Phase.accepting.rawValue else { return nil }
        var row = SocketInformation(id: id, owner: counters.owner, kind: .listen)
        counters.fill(&row)
        row.accepted = accepted.load(ordering: .relaxed)
        row.isReading = counters.isReading
        row.address = local?.text
        return row
    }
}

// MARK: - What the machine says

extension Listener {
    private func apply(_ actions: [SocketAction]) {
        counters.setStatus(phase: machine.phase.rawValue, isReading: machine.isReading)
        carryOut(actions)
    }

    func resumeReading() {
        if isReadable, !isBackingOff, let token { loop.again(token) }
    }

    /// Checked before each accept.
    func stopReading() {}

    /// A listener sends nothing.
    func discardOutput() {}

    func release() {
        driver.backoff.remove(id)
        driver.forget(id)
        if let token = token.take() { loop.unwatch(token, descriptor) }
        Glibc.close(descriptor)
        driver.connectionClosed()
    }
}

// MARK: - Accepting

extension Listener {
    func ready(_ readiness: Readiness) {
        isReadable = true
        var budget = Self.acceptBudget
        while machine.isReading, !isBackingOff, machine.phase == .accepting, let token {
            if budget == 0 { return loop.again(token) }
            budget -= 1
            switch SystemCalls.accept(descriptor) {
            case nil:
                isReadable = false
                return
            case .success((let descriptor, let peer)): admit(descriptor, peer)
            case .failure(let error): failed(error)
            }
        }
    }

    private func admit(_ descriptor: Int32, _ peer: SystemAddress) {
        let address = peer.text
        let loop = driver.loopForClient(of: self)
        let socket = driver.register { id in
            StreamSocket(id: id, loop: loop, driver: driver, owner: counters.owner, phase: .accepted)
        }
        socket.setPeer(address)
        accepted.store(accepted.load(ordering: .relaxed) + 1, ordering: .relaxed)
        counters.countRead(0)
        if loop === self.loop {
            Self.attach(descriptor, to: socket, transport)
        } else {
            let transport = transport
            loop.run { Self.attach(descriptor, to: socket, transport) }
        }
        deliver(.accepted(listener: id, socket.id, address: address))
    }

    private static func attach(_ descriptor: Int32, to socket: StreamSocket, _ transport: any Transport) {
        if let connection = transport.makeConnection(descriptor, for: socket) { socket.attach(connection) }
    }

    private func failed(_ error: SystemError) {
        switch error.code {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: backOff(error.text)
        // The peer gave up before we came to it, or its network did.
        case ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH,
            EPERM:
            break
        default: apply(machine.failed(error.text))
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
            self.driver.log("socket-server: accept on listen fd \(self.id) goes on after: \(reason)")
        }
    }

    private func goOn() {
        guard isBackingOff else { return }
        isBackingOff = false
        driver.backoff.remove(id)
        resumeReading()
    }
}
