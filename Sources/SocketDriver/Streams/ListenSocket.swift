// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A listening socket: makes a stream socket of every connection.
final class ListenSocket: ChannelInboundHandler, MachineDriven, @unchecked Sendable {
    // Sendable: see `StreamSocket`; what is below `MARK: Loop` belongs to `lane.eventLoop`.
    typealias InboundIn = any Channel

    let isClient = true
    let id: SocketID
    let lane: LoopLane
    let driver: SocketDriver
    private let descriptor: Int32
    private let local: SystemAddress?
    let counters: SocketCounters
    private let accepted = Atomic<Int>(0)

    // MARK: Loop

    private var machine = ListenMachine()
    private var context: ChannelHandlerContext?
    /// Accepting rests because descriptors ran out.
    private var isResting = false
    /// Why descriptors cannot be had, from the first failure for want of them until accepting has gone well for a
    /// while. The owner is told of the first one only.
    private var shortage: String?
    private var lastShortage = NIODeadline.uptimeNanoseconds(0)

    init(id: SocketID, lane: LoopLane, driver: SocketDriver, owner: SocketOwner, descriptor: Int32) {
        self.id = id
        self.lane = lane
        self.driver = driver
        self.descriptor = descriptor
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
        let listening = SystemCalls.boundSocket(address, type: SOCK_STREAM).flatMap { descriptor in
            SystemCalls.startListening(descriptor, backlog: Int32(clamping: backlog)).map { descriptor }
        }
        switch listening {
        case .success(let descriptor): return descriptor
        case .failure(let error): throw SocketError(error.text)
        }
    }

    private static func resolve(host: String, port: Int) throws(SocketError) -> SystemAddress {
        if let numeric = SystemAddress(numeric: host, port: port) { return numeric }
        do {
            let found = try NameResolver.addresses(host: host, port: port, type: Int32(SOCK_STREAM.rawValue))
            if let first = found.first { return first }
            throw SocketError("the host has no address")
        } catch let failure as NameResolver.Failure {
            throw SocketError(failure.text)
        } catch {
            throw SocketError(String(describing: error))
        }
    }

    /// Hands the descriptor to NIO, from any thread, and announces the socket to its owner.
    func register(backlog: Int) {
        let bootstrap = ServerBootstrap(group: lane.eventLoop)
            .serverChannelOption(.autoRead, value: false)
            .serverChannelOption(.maxMessagesPerRead, value: 16)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(self) }
            }
        bootstrap.withBoundSocket(descriptor).whenFailure { error in
            self.apply(self.machine.failed(StreamSocket.text(of: error)))
        }
        // NIO has just listened again, with a backlog of its own.
        Glibc.listen(descriptor, Int32(clamping: backlog))
        lane.run { self.deliver(.connected(self.id, detail: self.host, port: Int32(self.local?.port ?? 0))) }
    }

    private var host: String { local?.host ?? "" }

    // MARK: DriverSocket

    func stage(_ bytes: UnsafeRawBufferPointer, priority: SendPriority) -> Bool {
        driver.log("socket-server error: write to listen fd \(id).")
        return true
    }

    func expect(_ command: SocketCommand) {}
    func flush() {}

    func perform(_ command: SocketCommand) {
        lane.eventLoop.assertInEventLoop()
        switch command {
        case .start(let owner): apply(machine.start(by: owner))
        case .pause: apply(machine.pause())
        case .close, .shutdown, .part: apply(machine.close())
        case .nodelay: break
        }
    }

    var information: SocketInformation? {
        guard counters.phase == ListenMachine.Phase.accepting.rawValue else { return nil }
        var row = SocketInformation(id: id, owner: counters.owner, kind: .listen)
        counters.fill(&row)
        row.accepted = accepted.load(ordering: .relaxed)
        row.isReading = counters.isReading
        row.address = local.map { "\($0.host):\($0.port)" }
        return row
    }
}

// MARK: - Doing what the machine says

extension ListenSocket {
    private func apply(_ actions: [SocketAction]) {
        counters.setStatus(phase: machine.phase.rawValue, isReading: machine.isReading)
        carryOut(actions)
    }

    func resumeReading() { updateReading() }

    func stopReading() { updateReading() }

    /// A listener sends nothing.
    func discardOutput() {}

    private func updateReading() {
        // Fails on a closed channel only, which accepts nothing in any case.
        try? context?.channel.syncOptions?.setOption(.autoRead, value: machine.isReading && !isResting)
    }

    func release() {
        driver.starvation.leave(id)
        driver.forget(id)
        context?.close(promise: nil)
    }
}

// MARK: - What the channel says

extension ListenSocket {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        driver.channels.opened()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        driver.channels.closed()
    }

    func channelActive(context: ChannelHandlerContext) {
        // Commands may have come before the channel was ready for them.
        if machine.phase == .closed { context.close(promise: nil) } else { updateReading() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = Self.unwrapInboundIn(data)
        guard machine.phase == .accepting, !driver.channels.isClosing else {
            channel.close(promise: nil)
            return
        }
        let address = channel.remoteAddress?.driverText ?? ""
        let socket = driver.register { id in
            StreamSocket(id: id, lane: lane, driver: driver, owner: counters.owner, phase: .accepted)
        }
        socket.setPeer(address)
        do {
            try socket.configure(channel)
        } catch {
            driver.forget(socket.id)
            channel.close(promise: nil)
            return
        }
        accepted.store(accepted.load(ordering: .relaxed) + 1, ordering: .relaxed)
        counters.countRead(0)
        // First let NIO queue the registration of the channel, so that a quick `start` finds it registered.
        context.fireChannelRead(data)
        deliver(.accepted(listener: id, socket.id, address: address))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let code = (error as? IOError)?.errnoCode else { return }
        switch code {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: rest(SystemCalls.text(of: code))
        // The peer gave up before we came to it.
        case ECONNABORTED: break
        default: apply(machine.failed(SystemCalls.text(of: code)))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        apply(machine.failed("the listening socket was closed"))
    }

    /// Stops accepting until a descriptor is likely to be free: without that, the pending connection would wake the
    /// loop again and again for nothing.
    private func rest(_ reason: String) {
        lastShortage = .now()
        if shortage == nil {
            shortage = reason
            deliver(.failed(id, reason: reason))
            watchShortage()
        }
        guard !isResting else { return }
        isResting = true
        updateReading()
        driver.tellPartings()
        driver.starvation.rest(id) { self.lane.run { self.wake() } }
        lane.eventLoop.assumeIsolated().scheduleTask(in: driver.configuration.acceptPause) { self.wake() }
    }

    private func wake() {
        guard isResting else { return }
        isResting = false
        driver.starvation.leave(id)
        updateReading()
    }

    /// Looks again when the last failure will be old enough; says so if there was none since.
    private func watchShortage() {
        let patience = driver.configuration.shortageEnds
        lane.eventLoop.assumeIsolated().scheduleTask(deadline: lastShortage + patience) {
            guard let reason = self.shortage, self.machine.phase != .closed else { return }
            if self.isResting || .now() < self.lastShortage + patience {
                if self.isResting { self.lastShortage = .now() }
                self.watchShortage()
                return
            }
            self.shortage = nil
            self.driver.log("socket-server: accept on listen fd \(self.id) goes on after: \(reason)")
        }
    }
}
