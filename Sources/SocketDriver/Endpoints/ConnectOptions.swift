// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// How an outgoing connection is made ready, besides what its endpoint says.
public struct ConnectOptions: Sendable, Hashable {
    /// What is asked for in a WebSocket's upgrade.
    public struct WebSocket: Sendable, Hashable {
        /// What is offered, the preferred first.
        public var subprotocols: [String] = []
        /// What a browser would say it comes from; nil: nothing is said.
        public var origin: String?
        /// The bytes of the largest message that is accepted; a larger one closes the connection with code 1009.
        public var largestMessage = 0xffff
        /// Nanoseconds of silence after which the server is pinged, and gone when it is silent for as long again; 0:
        /// never.
        public var pingInterval: UInt64 = 30_000_000_000

        public init() {}
    }

    public var tls = TLSClientOptions()
    public var webSocket = WebSocket()
    /// Nanoseconds that the server has to become ready, from the connection on.
    public var handshakeTimeout: UInt64 = 10_000_000_000

    public init() {}
}
