// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// One client: a connection with packets under way.
struct Lane {
    let descriptor: CInt
    private var counter: PacketCounter
    var times: SendTimes
    /// Bytes owed to the server, and where in the current packet they begin.
    private(set) var unsent = 0
    private var phase = 0
    /// Whether the socket was full, so that the poller tells when it is not.
    var isStalled = false

    init(descriptor: CInt, payload: Int, inFlight: Int, now: UInt64) {
        self.descriptor = descriptor
        counter = PacketCounter(payload: payload)
        times = SendTimes(count: inFlight, now: now)
    }

    mutating func owe(packets: Int, from source: borrowing PacketSource) {
        unsent += packets * source.packetSize
    }

    /// Reads once; returns how many packets came back whole.
    mutating func receive(into inbox: inout [UInt8]) throws(LoadError) -> Int {
        switch SystemCalls.read(descriptor, into: &inbox) {
        case .bytes(let count):
            return try counter.consume(inbox.span.extracting(first: count))
        case .wouldBlock:
            return 0
        case .ended:
            throw LoadError(.closed, "the server ended a connection under load")
        case .failed(let cause):
            throw SystemCalls.failure("read", cause)
        }
    }

    /// Writes once what is owed; what does not fit stays owed.
    mutating func flush(from source: borrowing PacketSource) throws(LoadError) {
        let count = min(unsent, source.bytes.count - phase)
        guard count > 0 else { return }
        switch SystemCalls.write(descriptor, source.bytes, from: phase, count: count) {
        case .bytes(let written):
            unsent -= written
            phase = (phase + written) % source.packetSize
        case .wouldBlock:
            return
        case .ended:
            throw LoadError(.closed, "the server ended a connection under load")
        case .failed(let cause):
            throw SystemCalls.failure("send", cause)
        }
    }
}
