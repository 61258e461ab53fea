// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import DequeModule
internal import Glibc
internal import Synchronization

/// A UDP socket. Datagrams leave in the calling thread; they arrive on the loop.
final class DatagramSocket: DriverSocket, Watcher, @unchecked Sendable {
    // Sendable: see `StreamSocket`; what is below `MARK: Loop` belongs to the holder of `loop`.

    /// What any thread may touch, under the lock.
    private struct Outlet: Sendable {
        /// -1 after the end.
        var descriptor: Int32
        var destination: SystemAddress?
        /// What waits until the system has room again.
        var waiting = Deque<(SystemAddress, [UInt8])>()
    }

    let isClient = false
    let id: SocketID
    let loop: SocketLoop
    let family: PackedAddress.Family
    unowned let driver: SocketDriver
    private let outlet: Mutex<Outlet>
    let counters: SocketCounters

    // MARK: Loop

    private var machine = DatagramMachine()
    private let descriptor: Int32
    private var token: WatchToken?
    private var isReadable = false

    /// The most datagrams read before the loop's other sockets have their turn.
    private static let readBudget = 256
    /// The most datagrams that wait for room; what comes on top is lost, as the network would lose it.
    private static let mostWaiting = 1024

    init(
        id: SocketID,
        loop: SocketLoop,
        driver: SocketDriver,
        owner: SocketOwner,
        descriptor: Int32,
        family: PackedAddress.Family,
        destination: SystemAddress?
    ) {
        self.id = id
        self.loop = loop
        self.driver = driver
        self.family = family
        self.descriptor = descriptor
        self.outlet = Mutex(Outlet(descriptor: descriptor, destination: destination))
        self.counters = SocketCounters(owner: owner, phase: DatagramMachine.Phase.open.rawValue, isReading: true)
    }

    /// Watches the descriptor, from any thread.
    func register() {
        driver.open.opened()
        loop.run {
            guard self.machine.phase == .open else { return }
            self.token = self.loop.watch(self.descriptor, self)
            guard let token = self.token else {
                return self.apply(self.machine.failed("reach skynet socket number limit"))
            }
            self.loop.watchWritable(token, self.descriptor)
        }
    }

    // MARK: Sending

    func send(_ bytes: UnsafeRawBufferPointer, priority: SendPriority) -> Bool {
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

    private func send(_ bytes: UnsafeRawBufferPointer, to address: SystemAddress) -> Bool {
        let (isThere, failure) = outlet.withLock { outlet -> (Bool, Int32?) in
            guard outlet.descriptor >= 0 else { return (false, nil) }
            switch SystemCalls.sendDatagram(outlet.descriptor, bytes, to: address) {
            case .wrote(let count): counters.countWritten(count)
            case nil: if outlet.waiting.count < Self.mostWaiting { outlet.waiting.append((address, Array(bytes))) }
            case .failed(let code): return (true, code)
            }
            return (true, nil)
        }
        if let failure { tell(failure) }
        return isThere
    }

    private func tell(_ failure: Int32) {
        driver.log("socket-server : udp (\(id)) sendto error \(SystemCalls.text(of: failure)).")
    }

    private func sendWaiting() {
        var failures: [Int32] = []
        outlet.withLock { outlet in
            while outlet.descriptor >= 0, let (address, bytes) = outlet.waiting.first {
                switch bytes.withUnsafeBytes({ SystemCalls.sendDatagram(outlet.descriptor, $0, to: address) }) {
                case .wrote(let count): counters.countWritten(count)
                case nil: return
                case .failed(let code): failures.append(code)
                }
                outlet.waiting.removeFirst()
            }
        }
        for failure in failures { tell(failure) }
    }

    /// Sets where `send` goes; the owner hears of an address of the other family.
    func setDestination(_ address: SystemAddress) {
        guard address.packed?.family == family else {
            loop.run { self.apply([.announceFailure("protocol mismatch")]) }
            return
        }
        outlet.withLock { $0.destination = address }
    }

    // MARK: DriverSocket

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

    func resumeReading() {
        if isReadable, let token { loop.again(token) }
    }

    /// Checked before each datagram.
    func stopReading() {}

    /// Datagrams go out at once or not at all.
    func discardOutput() {}

    func release() {
        driver.forget(id)
        outlet.withLock { outlet in
            outlet.descriptor = -1
            outlet.waiting = []
        }
        if let token = token.take() { loop.unwatch(token, descriptor) }
        Glibc.close(descriptor)
        driver.connectionClosed()
    }

    func ready(_ readiness: Readiness) {
        if readiness.contains(.writable) { sendWaiting() }
        guard !readiness.subtracting(.writable).isEmpty else { return }
        isReadable = true
        // A datagram that does not fit is cut, so there is room for the largest.
        let buffer = loop.readBuffer
        var budget = Self.readBudget
        while machine.phase == .open, machine.isReading, let token {
            if budget == 0 { return loop.again(token) }
            budget -= 1
            switch SystemCalls.receiveDatagram(descriptor, buffer) {
            case nil:
                isReadable = false
                return
            case .success((let count, let sender)): receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]), sender)
            // An answer to one of our datagrams that nobody wanted.
            case .failure(let error) where error.code == ECONNREFUSED: break
            case .failure(let error): apply(machine.failed(error.text))
            }
        }
    }

    private func receive(_ payload: UnsafeRawBufferPointer, _ sender: SystemAddress) {
        guard let address = sender.packed?.packed else { return }
        counters.countRead(payload.count)
        let count = payload.count + address.count
        let block = MemoryBlock.allocate(count + driver.tailRoom)
        UnsafeMutableRawBufferPointer(start: block, count: payload.count).copyMemory(from: payload)
        UnsafeMutableRawBufferPointer(start: block + payload.count, count: address.count).copyBytes(from: address)
        deliver(.datagram(id, MemoryBlock(adopting: block, count: count), count: Int32(payload.count)))
    }
}
