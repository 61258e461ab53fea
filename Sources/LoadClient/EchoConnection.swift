// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// One client: a connection with packets under way.
struct EchoConnection {
    let link: Link
    private var counter: PacketCounter
    var times: SendTimes
    /// Bytes still to be written, and where in the current packet they begin.
    private(set) var pendingBytes = 0
    private var offset = 0
    /// Whether the socket took no more, so that the poller tells when it does.
    var awaitsWritable = false

    init(_ link: Link, _ layout: PacketLayout, inFlight: Int, now: UInt64) {
        self.link = link
        counter = PacketCounter(layout)
        times = SendTimes(count: inFlight, now: now)
    }

    /// Adds packets to what is to be written.
    mutating func enqueue(packets: Int, from source: borrowing PacketSource) {
        pendingBytes += packets * source.packetSize
    }

    /// Reads once, and what the link holds by then; returns how many packets came back whole.
    mutating func receive(into buffer: inout [UInt8]) throws(LoadError) -> Int {
        var completed = 0
        repeat {
            switch link.read(into: &buffer) {
            case .bytes(let count):
                completed += try counter.consume(buffer.span.extracting(first: count))
            case .wouldBlock:
                return completed
            case .ended:
                throw LoadError(.closed, "the server ended a connection under load")
            case .failed(let cause):
                throw SystemCalls.failure("read", cause)
            }
        } while link.holdsMore
        return completed
    }

    /// Writes once what is pending; what does not fit stays pending.
    mutating func flush(from source: borrowing PacketSource) throws(LoadError) {
        let count = min(pendingBytes, source.bytes.count - offset)
        guard count > 0 else { return }
        switch link.write(source.bytes, from: offset, count: count) {
        case .bytes(let written):
            pendingBytes -= written
            offset = (offset + written) % source.packetSize
        case .wouldBlock:
            return
        case .ended:
            throw LoadError(.closed, "the server ended a connection under load")
        case .failed(let cause):
            throw SystemCalls.failure("send", cause)
        }
    }
}
