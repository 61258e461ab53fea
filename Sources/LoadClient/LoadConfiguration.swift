// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What one run of the load client does, and against whom.
public struct LoadConfiguration: Sendable {
    /// The kind of load.
    public enum Mode: String, Sendable, CaseIterable {
        /// Clients send packets and wait for their echoes.
        case echo
        /// Clients connect, see one packet echoed, and disconnect; the figure is how many were served in a second.
        case connect
        /// Clients connect, see one packet echoed, and then keep still.
        case idle
    }

    /// An IPv4 address in numbers.
    public var host: String
    /// The ports the connections are spread over in turn.
    public var ports: [UInt16]
    public var mode: Mode
    /// Clients held at once; in ``Mode/connect`` mode, those on their way at once.
    public var connections: Int
    /// Packets each client has under way at any moment.
    public var inFlight: Int
    /// Bytes of a packet behind its two bytes of length.
    public var payload: Int
    /// Measured time.
    public var seconds: Double
    /// Time under load before measuring starts.
    public var warmup: Double
    /// Further clients that all disconnect when measuring starts.
    public var dropped: Int
    /// The server's process, if its costs are wanted too.
    public var serverProcess: Int32?
    /// How long the server may be silent before the run is given up, in seconds.
    public var timeout: Double

    public init(
        host: String = "127.0.0.1",
        ports: [UInt16],
        mode: Mode = .echo,
        connections: Int = 50,
        inFlight: Int = 1,
        payload: Int = 64,
        seconds: Double = 5,
        warmup: Double = 1,
        dropped: Int = 0,
        serverProcess: Int32? = nil,
        timeout: Double = 10
    ) {
        self.host = host
        self.ports = ports
        self.mode = mode
        self.connections = connections
        self.inFlight = inFlight
        self.payload = payload
        self.seconds = seconds
        self.warmup = warmup
        self.dropped = dropped
        self.serverProcess = serverProcess
        self.timeout = timeout
    }

    func validate() throws(LoadError) {
        guard !ports.isEmpty else { throw LoadError(.badConfiguration, "at least one port is needed") }
        try require(connections, in: 1...1_000_000, "connections")
        try require(inFlight, in: 1...10_000, "packets in flight")
        try require(payload, in: 0...65_535, "payload")
        try require(dropped, in: 0...1_000_000, "dropped clients")
        guard seconds > 0, warmup >= 0, timeout > 0 else {
            throw LoadError(.badConfiguration, "times must not be negative, and measured time not zero")
        }
    }

    private func require(_ value: Int, in range: ClosedRange<Int>, _ name: String) throws(LoadError) {
        guard range.contains(value) else {
            throw LoadError(.badConfiguration, "\(name): \(value) is not within \(range)")
        }
    }
}
