// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Connects clients, a few at a time: each sends one packet, and is served when its echo is whole.
///
/// An accept queue takes connections that nobody has accepted yet; only an answer proves that a client was served.
/// Few at a time, because a full accept queue makes the kernel drop connects and retry a second later.
struct Connector: ~Copyable {
    private let configuration: LoadConfiguration
    private let source: PacketSource
    private let layout: PacketLayout
    private let dialer: Dialer
    private var poller: Poller
    private var pending: [PendingClient?]
    private var readBuffer: [UInt8]
    private var started = 0

    /// A client that waits for its echo.
    private struct PendingClient {
        let link: Link
        let since: UInt64
        var counter: PacketCounter
    }

    /// A client whose echo has come.
    struct ServedClient {
        let link: Link
        let nanoseconds: UInt64
    }

    init(_ configuration: LoadConfiguration, concurrency: Int) throws(LoadError) {
        let dialer = try Dialer(configuration)
        poller = try Poller(capacity: concurrency)
        self.dialer = dialer
        self.configuration = configuration
        layout = PacketLayout(configuration)
        source = PacketSource(layout, inFlight: 1)
        readBuffer = Array(repeating: 0, count: max(65_536, source.packetSize))
        pending = Array(repeating: nil, count: concurrency)
    }

    deinit {
        for case let client? in pending { client.link.close() }
    }

    /// Starts a client in every free slot, while `limit` allows.
    mutating func connect(upTo limit: Int) throws(LoadError) {
        for slot in pending.indices where pending[slot] == nil && started < limit {
            let since = SystemCalls.now()
            let link = try dialer.dial(from: dialer.sourceAddress(of: started))
            pending[slot] = PendingClient(link: link, since: since, counter: PacketCounter(layout))
            started += 1
            try poller.add(link.descriptor, token: slot)
            _ = link.write(source.bytes, from: 0, count: source.packetSize)
        }
    }

    /// Waits for echoes; the links of the served clients belong to the caller.
    mutating func waitForEchoes() throws(LoadError) -> [ServedClient] {
        var served: [ServedClient] = []
        let ready = try poller.wait(milliseconds: Int(configuration.timeout * 1_000))
        guard ready > 0 else {
            throw LoadError(.silent, "no answer to a new client for \(configuration.timeout) seconds")
        }
        for index in 0..<ready {
            if let client = try readEcho(poller.readyToken(index)) { served.append(client) }
        }
        return served
    }

    private mutating func readEcho(_ slot: Int) throws(LoadError) -> ServedClient? {
        guard var client = pending[slot] else { return nil }
        switch client.link.read(into: &readBuffer) {
        case .bytes(let count):
            let completed = try client.counter.consume(readBuffer.span.extracting(first: count))
            pending[slot] = completed > 0 ? nil : client
            guard completed > 0 else { return client.link.holdsMore ? try readEcho(slot) : nil }
            dialer.served(client.link)
            return ServedClient(link: client.link, nanoseconds: SystemCalls.now() - client.since)
        case .wouldBlock:
            return nil
        case .ended:
            throw LoadError(.closed, "the server refused client number \(started)")
        case .failed(let cause):
            throw SystemCalls.failure("read", cause)
        }
    }
}
