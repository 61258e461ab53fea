// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import DequeModule
internal import Glibc
internal import Synchronization

/// A UDP socket. Datagrams leave in the calling thread; they arrive on the loop.
final class DatagramSocket: DescriptorSocket<DatagramMachine>, @unchecked Sendable {
    // Sendable: see `StreamSocket`.

    /// What any thread may touch, under the lock.
    private struct SendState: Sendable {
        /// -1 after the end.
        var descriptor: Int32
        var destination: SystemAddress?
        /// What waits until the system has room again.
        var waiting = Deque<(SystemAddress, [UInt8])>()
    }

    let family: PackedAddress.Family
    private let sendState: Mutex<SendState>

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
        self.family = family
        self.sendState = Mutex(SendState(descriptor: descriptor, destination: destination))
        super.init(id: id, loop: loop, driver: driver, owner: owner, descriptor: descriptor)
    }

    override func registered() {
        if let token { loop.watchWritable(token, descriptor) }
    }

    override var kind: SocketInformation.Kind { .udp }

    override func describe(_ row: inout SocketInformation) {
        row.address = sendState.withLock { $0.destination }?.packed.map { "\($0.host):\($0.port)" }
    }

    override func willClose() {
        sendState.withLock { sendState in
            sendState.descriptor = -1
            sendState.waiting = []
        }
    }

    // MARK: Sending

    override func send(_ bytes: UnsafeRawBufferPointer, priority: SendPriority) -> Bool {
        guard let destination = sendState.withLock({ $0.destination }) else {
            driver.observer.noticed(.datagramWithoutAddress(id))
            return false
        }
        return send(bytes, to: destination)
    }

    func send(_ bytes: UnsafeRawBufferPointer, to packed: PackedAddress) -> Bool {
        guard packed.family == family else { return false }
        return send(bytes, to: SystemAddress(packed))
    }

    private func send(_ bytes: UnsafeRawBufferPointer, to address: SystemAddress) -> Bool {
        let (isThere, failure) = sendState.withLock { sendState -> (Bool, Int32?) in
            guard sendState.descriptor >= 0 else { return (false, nil) }
            switch SystemCalls.sendDatagram(sendState.descriptor, bytes, to: address) {
            case .wrote(let count): counters.countWritten(count)
            case nil:
                if sendState.waiting.count < Self.mostWaiting { sendState.waiting.append((address, Array(bytes))) }
            case .failed(let code): return (true, code)
            }
            return (true, nil)
        }
        if let failure { tell(failure) }
        return isThere
    }

    private func tell(_ failure: Int32) {
        driver.observer.noticed(.datagramFailed(id, reason: SystemCalls.text(of: failure)))
    }

    private func sendWaiting() {
        var failures: [Int32] = []
        sendState.withLock { sendState in
            while sendState.descriptor >= 0, let (address, bytes) = sendState.waiting.first {
                switch bytes.withUnsafeBytes({ SystemCalls.sendDatagram(sendState.descriptor, $0, to: address) }) {
                case .wrote(let count): counters.countWritten(count)
                case nil: return
                case .failed(let code): failures.append(code)
                }
                sendState.waiting.removeFirst()
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
        sendState.withLock { $0.destination = address }
    }

    // MARK: On the loop

    override func becameWritable() { sendWaiting() }

    override func readNext() -> Bool {
        // A datagram that does not fit is cut, so there is room for the largest.
        let buffer = loop.readBuffer
        switch SystemCalls.receiveDatagram(descriptor, buffer) {
        case nil: return false
        case .success((let count, let sender)): receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]), sender)
        // An answer to one of our datagrams that nobody wanted.
        case .failure(let error) where error.code == ECONNREFUSED: break
        case .failure(let error): failed(error.text)
        }
        return true
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
