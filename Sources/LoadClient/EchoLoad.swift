// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Clients that send packets, wait for their echoes and answer each echo with the next packet.
struct EchoLoad: ~Copyable {
    private let configuration: LoadConfiguration
    private let source: PacketSource
    private let crowd: Crowd?
    private var poller: Poller
    private var lanes: [Lane] = []
    private var inbox: [UInt8]
    private var latency = LatencyHistogram()
    private var packets = 0

    init(_ configuration: LoadConfiguration) throws(LoadError) {
        let crowd = configuration.dropped > 0 ? try Crowd(configuration, count: configuration.dropped) : nil
        poller = try Poller(capacity: min(configuration.connections, 1_024))
        self.crowd = crowd
        self.configuration = configuration
        source = PacketSource(payload: configuration.payload, inFlight: configuration.inFlight)
        inbox = Array(repeating: 0, count: max(65_536, source.packetSize))
        lanes.reserveCapacity(configuration.connections)
    }

    deinit {
        for lane in lanes { SystemCalls.close(lane.descriptor) }
    }

    mutating func run() throws(LoadError) -> LoadReport {
        try openLanes()
        try exchange(seconds: configuration.warmup)
        latency = LatencyHistogram()
        packets = 0
        let meter = try Meter(server: configuration.serverProcess)
        let farewell = crowd?.leaveAtOnce()
        try exchange(seconds: configuration.seconds)
        let report = try LoadReport(.echo, count: packets, latency: latency, costs: meter.finish())
        farewell?.wait()
        return report
    }

    private mutating func openLanes() throws(LoadError) {
        for index in 0..<configuration.connections {
            let port = configuration.ports[index % configuration.ports.count]
            let descriptor = try SystemCalls.connect(
                host: configuration.host,
                port: port,
                patience: configuration.patience
            )
            lanes.append(
                Lane(
                    descriptor: descriptor,
                    payload: configuration.payload,
                    inFlight: configuration.inFlight,
                    now: SystemCalls.now()
                )
            )
            try poller.add(descriptor, token: index)
            lanes[index].owe(packets: configuration.inFlight, from: source)
            try flush(index)
        }
    }

    /// Keeps all packets moving for a while; gives up when the server falls silent.
    private mutating func exchange(seconds: Double) throws(LoadError) {
        let end = SystemCalls.now() + UInt64(seconds * 1e9)
        let patience = UInt64(configuration.patience * 1e9)
        var lastAnswer = SystemCalls.now()
        while true {
            let ready = try poller.wait(milliseconds: 100)
            let now = SystemCalls.now()
            if now >= end { return }
            if ready > 0 { lastAnswer = now }
            guard now - lastAnswer < patience else {
                throw LoadError(.silent, "no answer for \(configuration.patience) seconds")
            }
            for index in 0..<ready {
                try serve(poller.readyToken(index), writable: poller.isWritable(index))
            }
        }
    }

    /// One read and one write for whatever arrived.
    private mutating func serve(_ index: Int, writable: Bool) throws(LoadError) {
        let completed = try lanes[index].receive(into: &inbox)
        if completed > 0 {
            let now = SystemCalls.now()
            for _ in 0..<completed { latency.record(lanes[index].times.replaceOldest(at: now)) }
            packets += completed
            lanes[index].owe(packets: completed, from: source)
        }
        if writable || !lanes[index].isStalled { try flush(index) }
    }

    private mutating func flush(_ index: Int) throws(LoadError) {
        try lanes[index].flush(from: source)
        let isStalled = lanes[index].unsent > 0
        guard isStalled != lanes[index].isStalled else { return }
        lanes[index].isStalled = isStalled
        try poller.watch(lanes[index].descriptor, token: index, writable: isStalled)
    }
}
