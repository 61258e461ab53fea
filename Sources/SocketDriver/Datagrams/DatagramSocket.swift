// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A UDP socket. Datagrams leave in the calling thread; they arrive on the loop.
final class DatagramSocket: ChannelInboundHandler, MachineDriven, @unchecked Sendable {
    // Sendable: see `StreamSocket`; what is below `MARK: Loop` belongs to `lane.eventLoop`.
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    /// What any thread may touch, under the lock.
    private struct Outlet: Sendable {
        /// A duplicate of the channel's descriptor: NIO may close its own at any moment. -1 after the end.
        var descriptor: Int32
        var destination: SystemAddress?
    }

    let isClient = false
    let id: SocketID
    let lane: LoopLane
    let family: PackedAddress.Family
    let driver: SocketDriver
    private let outlet: Mutex<Outlet>
    let counters: SocketCounters

    // MARK: Loop

    private var machine = DatagramMachine()
    private var context: ChannelHandlerContext?

    /// `sender` is a duplicate of the descriptor the channel is made from.
    init(
        id: SocketID,
        lane: LoopLane,
        driver: SocketDriver,
        owner: SocketOwner,
        sender: Int32,
        family: PackedAddress.Family,
        destination: SystemAddress?
    ) {
        self.id = id
        self.lane = lane
        self.driver = driver
        self.family = family
        self.outlet = Mutex(Outlet(descriptor: sender, destination: destination))
        self.counters = SocketCounters(owner: owner, phase: DatagramMachine.Phase.open.rawValue, isReading: true)
    }

    /// Hands the receiving descriptor to NIO.
    func register(_ descriptor: Int32) {
        lane.run {
            DatagramBootstrap(group: self.lane.eventLoop)
                // A datagram that does not fit is cut, so there is room for the largest.
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65536))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(self) }
                }
                .withBoundSocket(descriptor)
                .whenFailure { self.apply(self.machine.failed(StreamSocket.text(of: $0))) }
        }
    }

    // MARK: Sending

    func stage(_ bytes: UnsafeRawBufferPointer, priority: SendPriority) -> Bool {
        guard let destination = outlet.withLock({ $0.destination }) else {
            driver.log("socket-server : set udp (\(id)) error: address first.")
            return false
        }
        return send(bytes, to: destination)
    }

    func send(_ bytes: UnsafeRawBufferPointer, to packed: PackedAddress) -> Bool {
        guard packed.family == family else { return false }
        return send(bytes, to: SystemAddress(packed))
    }

    /// What became of one datagram.
    private enum Outcome {
        case gone
        case sent
        case full
        case failed(Int32)
    }

    private func send(_ bytes: UnsafeRawBufferPointer, to address: SystemAddress) -> Bool {
        let outcome = outlet.withLock { outlet -> Outcome in
            guard outlet.descriptor >= 0 else { return .gone }
            switch SystemCalls.sendDatagram(outlet.descriptor, bytes, to: address) {
            case .wrote(let count):
                counters.countWritten(count)
                return .sent
            case nil: return .full
            case .failed(let code): return .failed(code)
            }
        }
        switch outcome {
        case .gone: return false
        case .sent: break
        case .full: queue(ByteBuffer(bytes: bytes), to: address)
        case .failed(let code): driver.log("socket-server : udp (\(id)) sendto error \(SystemCalls.text(of: code)).")
        }
        return true
    }

    /// The system's buffer is full: NIO waits for room.
    private func queue(_ bytes: ByteBuffer, to address: SystemAddress) {
        lane.run {
            guard let remote = address.nioAddress, let context = self.context else { return }
            self.counters.countWritten(bytes.readableBytes)
            context.writeAndFlush(NIOAny(AddressedEnvelope(remoteAddress: remote, data: bytes)), promise: nil)
        }
    }

    /// Sets where `send` goes; the owner hears of an address of the other family.
    func setDestination(_ address: SystemAddress) {
        guard address.packed?.family == family else {
            lane.run { self.apply([.announceFailure("protocol mismatch")]) }
            return
        }
        outlet.withLock { $0.destination = address }
    }

    // MARK: DriverSocket

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
        guard counters.phase == DatagramMachine.Phase.open.rawValue else { return nil }
        var row = SocketInformation(id: id, owner: counters.owner, kind: .udp)
        counters.fill(&row)
        row.isReading = counters.isReading
        row.address = outlet.withLock { $0.destination }?.packed.map { "\($0.host):\($0.port)" }
        return row
    }
}

// MARK: - On the loop

extension DatagramSocket {
    private func apply(_ actions: [SocketAction]) {
        counters.setStatus(phase: machine.phase.rawValue, isReading: machine.isReading)
        carryOut(actions)
    }

    func resumeReading() { updateReading() }

    func stopReading() { updateReading() }

    /// Datagrams go out at once or not at all.
    func discardOutput() {}

    private func updateReading() {
        // Fails on a closed channel only, which reads nothing in any case.
        try? context?.channel.syncOptions?.setOption(.autoRead, value: machine.isReading)
    }

    func release() {
        driver.forget(id)
        let sender = outlet.withLock { exchange(&$0.descriptor, with: -1) }
        if sender >= 0 { Glibc.close(sender) }
        context?.close(promise: nil)
    }

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
        let envelope = Self.unwrapInboundIn(data)
        guard machine.phase == .open,
            let sender = envelope.remoteAddress.withSockAddr({ SystemAddress($0, length: socklen_t($1)).packed })
        else { return }
        let payload = envelope.data
        counters.countRead(payload.readableBytes)
        let address = sender.packed
        let block = SocketBlock(capacity: payload.readableBytes + address.count) { target in
            payload.withUnsafeReadableBytes { target.copyMemory(from: $0) }
            UnsafeMutableRawBufferPointer(rebasing: target[payload.readableBytes...]).copyBytes(from: address)
        }
        deliver(.datagram(id, block, count: Int32(payload.readableBytes)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError else { return }
        // An answer to one of our datagrams that nobody wanted; NIO reads on and so do we.
        if error.errnoCode == ECONNREFUSED { return }
        apply(machine.failed(StreamSocket.text(of: error)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        apply(machine.failed("Unknown error"))
        driver.starvation.relieve()
    }
}
