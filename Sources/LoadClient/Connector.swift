// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Brings clients in, a few at a time: each connects and sends one packet, and has arrived when its echo is whole.
///
/// An accept queue takes connections that nobody has accepted yet; only an answer proves that a client was served.
/// Few at a time, because a full accept queue makes the kernel drop connects and retry a second later.
struct Doorway: ~Copyable {
    private let configuration: LoadConfiguration
    private let source: PacketSource
    private var poller: Poller
    private var guests: [Guest?]
    private var inbox: [UInt8]
    private var brought = 0

    private struct Guest {
        let descriptor: CInt
        let since: UInt64
        var counter: PacketCounter
    }

    /// One client that arrived.
    struct Arrival {
        let descriptor: CInt
        let nanoseconds: UInt64
    }

    init(_ configuration: LoadConfiguration, width: Int) throws(LoadError) {
        poller = try Poller(capacity: width)
        self.configuration = configuration
        source = PacketSource(payload: configuration.payload, inFlight: 1)
        inbox = Array(repeating: 0, count: max(65_536, source.packetSize))
        guests = Array(repeating: nil, count: width)
    }

    deinit {
        for case let guest? in guests { SystemCalls.close(guest.descriptor) }
    }

    /// Fills every empty place with a client on its way, while `limit` allows.
    mutating func invite(upTo limit: Int) throws(LoadError) {
        for place in guests.indices where guests[place] == nil && brought < limit {
            let port = configuration.ports[brought % configuration.ports.count]
            let since = SystemCalls.now()
            let descriptor = try SystemCalls.connect(
                host: configuration.host,
                port: port,
                from: nextSource(),
                patience: configuration.patience
            )
            guests[place] = Guest(
                descriptor: descriptor,
                since: since,
                counter: PacketCounter(payload: configuration.payload)
            )
            brought += 1
            try poller.add(descriptor, token: place)
            _ = SystemCalls.write(descriptor, source.bytes, from: 0, count: source.packetSize)
        }
    }

    /// Waits for echoes; the descriptors of those who arrived belong to the caller.
    mutating func arrivals() throws(LoadError) -> [Arrival] {
        var arrived: [Arrival] = []
        let ready = try poller.wait(milliseconds: Int(configuration.patience * 1_000))
        guard ready > 0 else {
            throw LoadError(.silent, "no answer to a new client for \(configuration.patience) seconds")
        }
        for index in 0..<ready {
            if let arrival = try greet(poller.readyToken(index)) { arrived.append(arrival) }
        }
        return arrived
    }

    /// On loopback every client comes from another address. A port that a client left is closed to the same pair of
    /// addresses for a minute, and among thousands of those the kernel's search for a free one is the larger cost.
    private func nextSource() -> UInt32? {
        guard configuration.host.hasPrefix("127.") else { return nil }
        return 0x7f01_0001 + UInt32(brought % 65_000)
    }

    private mutating func greet(_ place: Int) throws(LoadError) -> Arrival? {
        guard var guest = guests[place] else { return nil }
        switch SystemCalls.read(guest.descriptor, into: &inbox) {
        case .bytes(let count):
            let completed = try guest.counter.consume(inbox.span.extracting(first: count))
            guests[place] = completed > 0 ? nil : guest
            guard completed > 0 else { return nil }
            return Arrival(descriptor: guest.descriptor, nanoseconds: SystemCalls.now() - guest.since)
        case .wouldBlock:
            return nil
        case .ended:
            throw LoadError(.closed, "the server refused client number \(brought)")
        case .failed(let cause):
            throw SystemCalls.failure("read", cause)
        }
    }
}
