// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import NIOCore
internal import Synchronization

/// A stream: a number, an owner, a state machine, a send buffer, and the connection that carries the bytes.
final class StreamSocket: DriverSocket, @unchecked Sendable {
    // Sendable: constants, locks and atomics are for every thread; everything below `MARK: Loop` is touched by the holder
    // of `loop` only, which the entry points assert.
    let id: SocketID
    let loop: SocketLoop
    unowned let driver: SocketDriver
    let output: Mutex<SendBuffer>
    let counters: SocketCounters
    let isClient: Bool

    // MARK: Loop

    var machine: StreamMachine
    private(set) var connection: (any Connection)?
    /// `nodelay` was asked for, perhaps before there was anything to set it on.
    private var wantsNoDelay = false
    /// Closed by a service while the peer was there, to read at least.
    private var closesInOrder = false
    private let inbound: InboundPackets?
    /// What is sent comes message by message, each behind a byte that is none of it.
    let sendsMessages: Bool
    var isPumping = false
    /// Not read, whatever the machine wants, because somebody has too much of what it brings.
    var isHeldBack = false
    /// Why it is going to end.
    private var end = SocketEnd.peer
    /// Written once, before anybody else can see the socket as listed.
    private let peer = Mutex<Peer?>(nil)

    /// Who is at the other end.
    private struct Peer: Sendable {
        /// `ip:port`.
        let address: String
        let details: Details?
    }

    /// What only a handshake finds out; most sockets have none.
    private final class Details: Sendable {
        let facts: HandshakeFacts
        init(_ facts: HandshakeFacts) { self.facts = facts }
    }

    init(
        id: SocketID,
        loop: SocketLoop,
        driver: SocketDriver,
        owner: SocketOwner,
        phase: StreamMachine.Phase,
        packets: PacketPolicy? = nil
    ) {
        self.id = id
        self.loop = loop
        self.driver = driver
        self.machine = StreamMachine(phase)
        self.isClient = phase == .accepted
        self.sendsMessages = packets?.hasMessages ?? false
        self.inbound = packets.map { InboundPackets($0, tailRoom: driver.tailRoom) }
        self.output = Mutex(SendBuffer(phase == .accepted ? .unstarted : .open, packets))
        self.counters = SocketCounters(owner: owner, phase: phase.rawValue, isReading: phase != .accepted)
    }

    func setFacts(peer address: SystemAddress?, _ facts: HandshakeFacts?) {
        let details = facts.map(Details.init)
        peer.withLock { $0 = Peer(address: address?.text ?? "", details: details) }
    }

    var facts: ConnectionFacts? {
        guard let peer = peer.withLock({ $0 }), let local = output.withLock({ $0.connection?.local }) else {
            return nil
        }
        let scheme = peer.details?.facts.scheme ?? (local.hasPrefix("unix:") ? .unix : .tcp)
        var facts = ConnectionFacts(scheme: scheme, local: local, remote: peer.address)
        facts.webSocket = peer.details?.facts.webSocket
        facts.tls = output.withLock { $0.connection?.tls }
        return facts
    }

    /// A service closes. Whoever closes once more, as the end of a node does, changes nothing.
    private func noteOrder() {
        if machine.phase == .open || machine.phase == .peerFinished { closesInOrder = true }
    }

    /// The first reason is the reason.
    private func note(_ reason: SocketEnd) {
        if end == .peer { end = reason }
    }

    // MARK: DriverSocket

    func send(_ bytes: UnsafeRawBufferPointer, priority: SendPriority) -> Bool {
        send(priority) { output, borrow in output.admit(bytes, priority: priority, borrow: borrow) }
    }

    /// Sends a packet, in the way of this connection.
    ///
    /// - Throws: for one whose length it cannot tell.
    func sendPacket(_ packet: UnsafeRawBufferPointer, priority: SendPriority) throws(SocketError) -> Bool {
        let most = output.withLock { $0.outbound?.policy.largestSent ?? PacketFraming.u16be.largestPacket }
        guard packet.count <= most else {
            throw SocketError("a packet of \(packet.count) bytes cannot be sent there, at most \(most) can")
        }
        return send(priority) { output, borrow in output.admitPacket(packet, priority: priority, borrow: borrow) }
    }

    @inline(__always)
    private func send(
        _ priority: SendPriority,
        _ admit: (inout SendBuffer, () -> StagedOutput) -> SendBuffer.Answer
    ) -> Bool {
        let queue = SubmissionQueue.current
        var isFirst = false
        let (answer, isFull) = output.withLock { output in
            let answer = admit(&output) {
                isFirst = true
                return queue?.borrow() ?? StagedOutput()
            }
            return (answer, output.isStagingFull)
        }
        // A flush finds everything that is staged by then, so one for the first bytes of a turn is enough.
        if isFirst, let queue { queue.addWrite(self) }
        if isFull || isFirst && queue == nil { flush() }
        return answer != .refused
    }

    func expect(_ command: SocketCommand) {
        switch command {
        case .start: output.withLock { $0.advance(to: .open) }
        case .close, .drain: output.withLock { $0.advance(to: .closing) }
        // What was sent before still gets its one chance, so the staged bytes stay.
        case .shutdown: output.withLock { $0.advance(to: .closing) }
        case .pause, .nodelay: break
        }
    }

    func perform(_ command: SocketCommand) {
        loop.assertHeld()
        switch command {
        case .start(let owner): apply(machine.start(by: owner))
        case .pause: apply(machine.pause())
        case .close:
            flush()
            noteOrder()
            note(.closed)
            apply(machine.close(outputPending: output.withLock { !$0.isEmpty } || !(connection?.isFlushed ?? true)))
        case .shutdown:
            flush()
            closesInOrder = false
            note(.shutDown)
            apply(machine.shutdown())
        case .drain:
            flush()
            noteOrder()
            note(.closed)
            apply(machine.drain(outputPending: hasOutput))
            watchDelivery()
        case .nodelay:
            wantsNoDelay = true
            connection?.setNoDelay()
        }
    }

    var information: SocketInformation? {
        guard let phase = StreamMachine.Phase(rawValue: counters.phase), let kind = Self.kind(of: phase) else {
            return nil
        }
        var row = SocketInformation(id: id, owner: counters.owner, kind: kind)
        counters.fill(&row)
        row.isReading = counters.isReading
        row.address = peer.withLock { $0?.address }
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

// MARK: - What the machine says, on the loop

extension StreamSocket {
    func apply(_ actions: [SocketAction]) {
        publish()
        carryOut(actions)
    }

    /// Lets other threads see the state: the phase for `information`, the mode for `send`.
    private func publish() {
        counters.setStatus(phase: machine.phase.rawValue, isReading: machine.isReading)
        let mode: SendBuffer.Mode? =
            switch machine.phase {
            case .connecting, .accepted, .open, .peerFinished, .bound: nil
            case .writeFailed: .discarding
            case .draining: .closing
            case .closed: .gone
            }
        if let mode { output.withLock { $0.advance(to: mode) } }
    }

    func resumeReading() { connection?.setReading(!isHeldBack) }

    func stopReading() { connection?.setReading(false) }

    private var totals: SocketTotals {
        var totals = counters.totals
        totals.packetsSent = output.withLock { $0.packets }
        return totals
    }

    func discardOutput() {
        output.withLock { $0.discard() }
        counters.bytesWaiting.store(0, ordering: .relaxed)
    }

    func release() {
        // Nobody writes to a descriptor any more when it is closed and its number may be given to another.
        output.withLock { output in
            output.advance(to: .gone)
            output.connection = nil
        }
        counters.bytesWaiting.store(0, ordering: .relaxed)
        driver.forget(id)
        driver.observer.closed(id, end, totals)
        connection.take()?.close(inOrder: closesInOrder)
    }
}

// MARK: - What the connection says, on the loop

extension StreamSocket {
    /// There is something to read from and to write to. Ends it at once when the socket was closed meanwhile.
    func attach(_ connection: any Connection) {
        loop.assertHeld()
        driver.open.opened()
        guard machine.phase != .closed else { return connection.close(inOrder: false) }
        self.connection = connection
        output.withLock { $0.connection = connection }
        if wantsNoDelay { connection.setNoDelay() }
        connection.setReading(machine.isReading && !isHeldBack)
    }

    /// An outgoing connection has been made, and is attached.
    func connected(to address: SystemAddress?) {
        guard machine.phase != .closed else { return }
        if peer.withLock({ $0 == nil }) { setFacts(peer: address, nil) }
        driver.observer.ready(id)
        apply(machine.connected(to: address?.host ?? ""))
        flush()
        // So much may have been sent before that it is not staged any more.
        pump()
    }

    func connectFailed(_ reason: String) {
        note(.failed(reason))
        apply(machine.connectFailed(reason))
    }

    /// A descriptor of somebody else is watched, and attached.
    func bound() {
        guard machine.phase == .bound else { return }
        deliver(.connected(id, detail: "binding", port: 0))
        flush()
        pump()
    }

    func bindFailed(_ reason: String) {
        note(.failed(reason))
        apply(machine.bindFailed(reason))
    }

    @inline(__always)
    func received(_ bytes: UnsafeRawBufferPointer) {
        // At the end of a node input is read so that the connection is not broken over it, and thrown away.
        if machine.phase == .draining { return }
        counters.countRead(bytes.count)
        if let inbound { return receivePackets(bytes, inbound) }
        passOn(.data(id, MemoryBlock(copying: bytes, tailRoom: driver.tailRoom)))
    }

    /// Gives input to the owner, who is not read for while he has too much of it.
    @inline(__always)
    private func passOn(_ input: consuming SocketEvent) {
        let owner = counters.owner
        let hasRoom = driver.sink.receive(input, for: owner, loop: loop.number)
        if !hasRoom { driver.holdBack(self, for: owner) }
    }

    /// Whether a message of so many bytes may be told together with others.
    func joins(_ count: Int) -> Bool { inbound?.joins(count) ?? false }

    /// Messages of the transport, each behind its length as `u16be`: whoever reads packets or a stream makes the same of
    /// them as of messages that are told one by one.
    func received(packets: UnsafeRawBufferPointer, count: Int) {
        if machine.phase == .draining { return }
        counters.countRead(packets.count - 2 * count, packets: count)
        passOn(.data(id, MemoryBlock(copying: packets, tailRoom: driver.tailRoom)))
    }

    private func receivePackets(_ bytes: UnsafeRawBufferPointer, _ inbound: InboundPackets) {
        guard let violation = inbound.cut(bytes, { packet in passOn(.packet(id, packet)) }) else { return }
        connection?.setReading(false)
        disconnected(.readFailed(violation))
        disconnected(.hungUp)
    }

    func writeFailed(_ code: Int32) {
        let reason = SystemCalls.text(of: code)
        note(.failed(reason))
        apply(machine.writeFailed(reason))
    }

    func disconnected(_ disconnect: Disconnect) {
        switch machine.phase {
        case .accepted, .open, .peerFinished, .writeFailed, .bound: loop.disconnects.add(self, disconnect)
        // Nobody is told.
        case .connecting, .draining, .closed: learn(disconnect)
        }
    }

    /// What the queue of disconnects says.
    func learn(_ disconnect: Disconnect) {
        switch disconnect {
        case .endOfStream: apply(machine.endOfStream())
        case .readFailed(let reason):
            note(.failed(reason))
            apply(machine.readFailed(reason))
        case .hungUp: apply(machine.hungUp())
        }
    }
}
