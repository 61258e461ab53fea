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
        /// Clients connect, begin the handshake of TLS or of a WebSocket, and then keep still; the figure is how many are
        /// left at the end.
        case stall
    }

    /// The gate. Its port is one more of ``ports``.
    public var target: LoadTarget
    /// How packets are told apart where the transport is none of a WebSocket.
    public var framing: LoadFraming
    /// A file in PEM with those whose certificates are believed; nil: whatever the gate has will do.
    public var authority: String?
    /// Whether TLS connections take up the session of one before.
    public var resumes: Bool
    /// The ports the connections are spread over in turn.
    public var ports: [UInt16]
    public var mode: Mode
    /// Clients held at once; in ``Mode/connect`` mode, those on their way at once.
    public var connections: Int
    /// Packets each client has under way at any moment.
    public var inFlight: Int
    /// Bytes of a packet without what the framing adds.
    public var payload: Int
    /// Measured time.
    public var seconds: Double
    /// Time under load before measuring starts.
    public var warmup: Double
    /// Further clients that all disconnect when measuring starts.
    public var dropped: Int
    /// The server's processes, if their costs are wanted too; they are added up.
    public var serverProcesses: [Int32]
    /// How long the server may be silent before the run is given up, in seconds.
    public var timeout: Double

    public init(
        target: LoadTarget = LoadTarget(host: "127.0.0.1"),
        ports: [UInt16] = [],
        framing: LoadFraming = .u16be,
        authority: String? = nil,
        resumes: Bool = false,
        mode: Mode = .echo,
        connections: Int = 50,
        inFlight: Int = 1,
        payload: Int = 64,
        seconds: Double = 5,
        warmup: Double = 1,
        dropped: Int = 0,
        serverProcesses: [Int32] = [],
        timeout: Double = 10
    ) {
        self.target = target
        self.ports = ports + (target.port.map { [$0] } ?? [])
        if self.ports.isEmpty, target.transport.isWebSocket {
            self.ports = [target.transport.isEncrypted ? 443 : 80]
        }
        self.framing = framing
        self.authority = authority
        self.resumes = resumes
        self.mode = mode
        self.connections = connections
        self.inFlight = inFlight
        self.payload = payload
        self.seconds = seconds
        self.warmup = warmup
        self.dropped = dropped
        self.serverProcesses = serverProcesses
        self.timeout = timeout
    }

    func validate() throws(LoadError) {
        try validateTarget()
        try require(connections, in: 1...1_000_000, "connections")
        try require(inFlight, in: 1...10_000, "packets in flight")
        let largest = target.transport.isWebSocket ? PacketLayout.largestPayload : framing.largestPayload
        try require(payload, in: 0...largest, "payload")
        try require(dropped, in: 0...1_000_000, "dropped clients")
        guard seconds > 0, warmup >= 0, timeout > 0 else {
            throw LoadError(.badConfiguration, "times must not be negative, and measured time not zero")
        }
    }

    private func validateTarget() throws(LoadError) {
        let transport = target.transport
        guard ports.isEmpty == (transport == .unix) else {
            throw LoadError(.badConfiguration, ports.isEmpty ? "at least one port is needed" : "unix has no port")
        }
        guard transport.isEncrypted || authority == nil && !resumes else {
            throw LoadError(.badConfiguration, "an authority and resumed sessions are for tls and wss")
        }
        guard mode != .stall || transport.isEncrypted || transport.isWebSocket else {
            throw LoadError(.badConfiguration, "\(transport.rawValue) has no handshake to stall in")
        }
    }

    private func require(_ value: Int, in range: ClosedRange<Int>, _ name: String) throws(LoadError) {
        guard range.contains(value) else {
            throw LoadError(.badConfiguration, "\(name): \(value) is not within \(range)")
        }
    }
}
