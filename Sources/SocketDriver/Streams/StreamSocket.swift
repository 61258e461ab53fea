// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import NIOCore
import Synchronization

/// A TCP connection, or an adopted descriptor: the state machine's hands, and the one handler of its channel.
final class StreamSocket: ChannelInboundHandler, MachineDriven, @unchecked Sendable {
    // Sendable: constants, a lock and atomics are for every thread; everything below `MARK: Loop` is touched on
    // `lane.eventLoop` only, which the entry points assert.
    typealias InboundIn = ByteBuffer

    let id: SocketID
    let lane: LoopLane
    let driver: SocketDriver
    let door: Mutex<StreamDoor>
    let counters: SocketCounters
    private let isBound: Bool
    let isClient: Bool

    // MARK: Loop

    var machine: StreamMachine
    private(set) var context: ChannelHandlerContext?
    /// The descriptor to write to directly; -1 before the channel has one, after it closed, and for transports whose
    /// bytes must pass through a pipeline.
    var descriptor: Int32 = -1
    /// `nodelay` was asked for, perhaps before there was anything to set it on.
    private var wantsNoDelay = false
    /// Output the kernel would not take at once.
    var backlog: OutputBacklog?
    /// Input that arrived while none was wanted: NIO reads on when a peer ends or resets.
    private var heldBack: [ByteBuffer] = []
    var hasHeldBackInput: Bool { !heldBack.isEmpty }
    /// Closed by a service, which may have left input unread; see `leave`.
    var leavesInOrder = false
    var mayOweInput = false
    var isLingering = false
    /// `ip:port` of the peer; written once before anybody else can see the socket as listed.
    private let peer = Mutex<String?>(nil)

    init(id: SocketID, lane: LoopLane, driver: SocketDriver, owner: SocketOwner, phase: StreamMachine.Phase) {
        self.id = id
        self.lane = lane
        self.driver = driver
        self.machine = StreamMachine(phase)
        self.isBound = phase == .bound
        self.isClient = phase == .accepted
        self.door = Mutex(StreamDoor(phase == .accepted ? .unstarted : .open))
        self.counters = SocketCounters(owner: owner, phase: phase.rawValue, isReading: phase != .accepted)
    }

    /// The options and the handler that make a channel one of ours; on the loop, before the channel is active.
    func configure(_ channel: any Channel) throws {
        guard let options = channel.syncOptions else {
            preconditionFailure("Channels of event loops have synchronous options.")
        }
        let configuration = driver.configuration
        try options.setOption(.allowRemoteHalfClosure, value: true)
        try options.setOption(
            .recvAllocator,
            value: AdaptiveRecvByteBufferAllocator(
                minimum: min(512, configuration.initialRead),
                initial: configuration.initialRead,
                maximum: configuration.maximumRead
            )
        )
        if !machine.isReading { try options.setOption(.autoRead, value: false) }
        try channel.pipeline.syncOperations.addHandler(self)
    }

    func setPeer(_ address: String) {
        peer.withLock { $0 = address }
    }

    // MARK: DriverSocket

    func stage(_ bytes: UnsafeRawBufferPointer, priority: SendPriority) -> Bool {
        var mustSchedule = false
        let answer = door.withLock { door in
            door.admit(bytes, priority: priority) {
                let loan = lane.borrow(for: self)
                mustSchedule = loan.mustSchedule
                return loan.storage
            }
        }
        if mustSchedule { lane.schedule() }
        return answer != .refused
    }

    func expect(_ command: SocketCommand) {
        switch command {
        case .start: door.withLock { $0.advance(to: .open) }
        case .close, .part: door.withLock { $0.advance(to: .closing) }
        // What was sent before still gets its one chance, so the staged bytes stay.
        case .shutdown: door.withLock { $0.advance(to: .closing) }
        case .pause, .nodelay: break
        }
    }

    func perform(_ command: SocketCommand) {
        lane.eventLoop.assertInEventLoop()
        switch command {
        case .start(let owner): apply(machine.start(by: owner))
        case .pause: apply(machine.pause())
        case .close:
            flush()
            noteClosing()
            apply(machine.close(outputPending: hasOutput))
        case .shutdown:
            flush()
            leavesInOrder = false
            apply(machine.shutdown())
        case .part:
            flush()
            apply(machine.part(outputPending: hasOutput || SystemCalls.undelivered(descriptor) > 0))
            watchDelivery()
        case .nodelay: setNoDelay()
        }
    }

    var hasOutput: Bool {
        backlog != nil || door.withLock { $0.staged != nil }
    }

    private func setNoDelay() {
        wantsNoDelay = true
        guard let options = context?.channel.syncOptions, !isBound else { return }
        try? options.setOption(.tcpOption(.tcp_nodelay), value: 1)
    }

    var information: SocketInformation? {
        guard let phase = StreamMachine.Phase(rawValue: counters.phase), let kind = Self.kind(of: phase) else {
            return nil
        }
        var row = SocketInformation(id: id, owner: counters.owner, kind: kind)
        counters.fill(&row)
        row.isReading = counters.isReading
        row.address = peer.withLock { $0 }
        return row
    }

    private static func kind(of phase: StreamMachine.Phase) -> SocketInformation.Kind? {
        switch phase {
        case .connecting, .accepted, .closed: nil
        case .open: .tcp
        case .peerFinished, .writeFailed, .draining: .closing
        case .bound: .bound
        }
    }
}

// MARK: - Doing what the machine says

extension StreamSocket {
    func apply(_ actions: [SocketAction]) {
        publish()
        carryOut(actions)
    }

    /// The one of all sockets, said again for this kind alone: packets take this way, and code for any kind of socket is
    /// not specialised in a debug build, which allocates for it.
    @inline(__always)
    func deliver(_ event: consuming SocketEvent) {
        driver.sink.receive(event, for: counters.owner, loop: lane.number)
    }

    /// Lets other threads see the state: the phase for `information`, the door for `send`.
    private func publish() {
        counters.setStatus(phase: machine.phase.rawValue, isReading: machine.isReading)
        let mode: StreamDoor.Mode? =
            switch machine.phase {
            case .connecting, .accepted, .open, .peerFinished, .bound: nil
            case .writeFailed: .discarding
            case .draining: .closing
            case .closed: .gone
            }
        if let mode { door.withLock { $0.advance(to: mode) } }
    }

    func resumeReading() {
        for input in exchange(&heldBack, with: []) where machine.phase != .draining { deliverData(input) }
        setAutoRead(true)
    }

    func stopReading() { setAutoRead(false) }

    private func setAutoRead(_ on: Bool) {
        // Fails on a closed channel only, which reads nothing in any case.
        try? context?.channel.syncOptions?.setOption(.autoRead, value: on)
    }

    func discardOutput() {
        backlog = nil
        counters.bytesWaiting.store(0, ordering: .relaxed)
    }

    func release() {
        discardOutput()
        heldBack = []
        driver.forget(id)
        // A channel that is only now being made finds the machine closed and closes itself.
        if let context { leave(context) }
    }
}

// MARK: - What the channel says

extension StreamSocket {
    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        driver.channels.opened()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // A connection that tries the next address is already in its next channel.
        if self.context === context { self.context = nil }
        isLingering = false
        driver.channels.closed()
    }

    func channelActive(context: ChannelHandlerContext) {
        descriptor = Self.directDescriptor(of: context)
        switch machine.phase {
        case .accepted, .open, .peerFinished, .writeFailed: return
        case .bound: deliver(.connected(id, detail: "binding", port: 0))
        case .connecting, .draining, .closed: becameConnected(context)
        }
        flush()
    }

    private func becameConnected(_ context: ChannelHandlerContext) {
        let remote = context.channel.remoteAddress
        setPeer(remote?.driverText ?? "")
        if wantsNoDelay { setNoDelay() }
        apply(machine.connected(to: remote?.ipAddress ?? ""))
    }

    /// Sockets are written to past the pipeline: that is a system call and nothing else, it says at once what was
    /// written, and an error leaves the read side alive. NIO is asked only to wait until a full socket takes bytes.
    private static func directDescriptor(of context: ChannelHandlerContext) -> Int32 {
        let operations = context.channel.pipeline.syncOperations
        let found = try? operations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        return found.flatMap { $0 } ?? -1
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let input = Self.unwrapInboundIn(data)
        switch machine.phase {
        case .draining, .closed: return
        case .connecting, .accepted, .open, .peerFinished, .writeFailed, .bound:
            if machine.isReading { deliverData(input) } else { heldBack.append(input) }
        }
    }

    private func deliverData(_ input: ByteBuffer) {
        counters.countRead(input.readableBytes)
        deliver(.data(id, SocketBlock(input)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else { return }
        if isLingering { endLingering() } else { part(.endOfStream) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        part(.readFailed(Self.text(of: error)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        descriptor = -1
        part(.hungUp)
        driver.starvation.relieve()
    }

    private func part(_ parting: Parting) {
        switch machine.phase {
        case .accepted, .open, .peerFinished, .writeFailed, .bound: lane.partings.join(self, parting)
        // Nobody is told.
        case .connecting, .draining, .closed: learn(parting)
        }
    }

    /// What the line of partings says.
    func learn(_ parting: Parting) {
        switch parting {
        case .endOfStream: apply(machine.endOfStream())
        case .readFailed(let reason): apply(machine.readFailed(reason))
        case .hungUp: apply(machine.hungUp())
        }
    }

    // MARK: What the connector says

    func connectFailed(_ reason: String) {
        apply(machine.connectFailed(reason))
    }

    /// What the binder says.
    func bindFailed(_ reason: String) {
        apply(machine.bindFailed(reason))
    }

    /// The operating system's words for an error of NIO's.
    static func text(of error: any Error) -> String {
        switch error {
        case let error as IOError: SystemCalls.text(of: error.errnoCode)
        case ChannelError.connectTimeout: SystemCalls.text(of: ETIMEDOUT)
        default: String(describing: error)
        }
    }
}
