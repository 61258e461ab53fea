// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Clients that send packets, wait for their echoes and answer each echo with the next packet.
struct EchoLoad: ~Copyable {
    private let configuration: LoadConfiguration
    private let source: PacketSource
    private let layout: PacketLayout
    private let idle: IdleConnections?
    private var poller: Poller
    private var connections: [EchoConnection] = []
    private var readBuffer: [UInt8]
    private var latency = LatencyHistogram()
    private var packets = 0

    init(_ configuration: LoadConfiguration) throws(LoadError) {
        let idle = configuration.dropped > 0 ? try IdleConnections(configuration, count: configuration.dropped) : nil
        poller = try Poller(capacity: min(configuration.connections, 1_024))
        self.idle = idle
        self.configuration = configuration
        layout = PacketLayout(configuration)
        source = PacketSource(layout, inFlight: configuration.inFlight)
        readBuffer = Array(repeating: 0, count: max(65_536, source.packetSize))
        connections.reserveCapacity(configuration.connections)
    }

    deinit {
        for connection in connections { connection.link.close() }
    }

    mutating func run() throws(LoadError) -> LoadReport {
        try openConnections()
        try exchange(seconds: configuration.warmup)
        latency = LatencyHistogram()
        packets = 0
        let meter = try Meter(server: configuration.serverProcesses)
        let closing = idle?.closeInBackground()
        try exchange(seconds: configuration.seconds)
        let report = try LoadReport(.echo, count: packets, latency: latency, costs: meter.finish())
        closing?.wait()
        return report
    }

    private mutating func openConnections() throws(LoadError) {
        let dialer = try Dialer(configuration)
        for index in 0..<configuration.connections {
            let link = try dialer.dial()
            connections.append(
                EchoConnection(link, layout, inFlight: configuration.inFlight, now: SystemCalls.now())
            )
            try poller.add(link.descriptor, token: index)
            connections[index].enqueue(packets: configuration.inFlight, from: source)
            try flush(index)
        }
    }

    /// Keeps all packets moving for a while; gives up when the server falls silent.
    private mutating func exchange(seconds: Double) throws(LoadError) {
        let end = SystemCalls.now() + UInt64(seconds * 1e9)
        let timeout = UInt64(configuration.timeout * 1e9)
        var lastAnswer = SystemCalls.now()
        while true {
            let ready = try poller.wait(milliseconds: 100)
            let now = SystemCalls.now()
            if now >= end { return }
            if ready > 0 { lastAnswer = now }
            guard now - lastAnswer < timeout else {
                throw LoadError(.silent, "no answer for \(configuration.timeout) seconds")
            }
            for index in 0..<ready {
                try serve(poller.readyToken(index), writable: poller.isWritable(index))
            }
        }
    }

    /// One read and one write for whatever arrived.
    private mutating func serve(_ index: Int, writable: Bool) throws(LoadError) {
        let completed = try connections[index].receive(into: &readBuffer)
        if completed > 0 {
            let now = SystemCalls.now()
            for _ in 0..<completed { latency.record(connections[index].times.replaceOldest(at: now)) }
            packets += completed
            connections[index].enqueue(packets: completed, from: source)
        }
        if writable || !connections[index].awaitsWritable { try flush(index) }
    }

    private mutating func flush(_ index: Int) throws(LoadError) {
        try connections[index].flush(from: source)
        let awaitsWritable = connections[index].pendingBytes > 0
        guard awaitsWritable != connections[index].awaitsWritable else { return }
        connections[index].awaitsWritable = awaitsWritable
        try poller.watch(connections[index].link.descriptor, token: index, writable: awaitsWritable)
    }
}
