// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What a listener asks of its WebSocket clients.
public struct WebSocketOptions: Sendable, Hashable {
    /// What becomes of a text message.
    public enum TextMessages: String, Sendable, CaseIterable {
        /// It is a packet like a binary one.
        case accept
        /// It closes the connection with code 1003.
        case refuse
    }

    /// The subprotocols that are spoken, the preferred first; empty: none is chosen, whatever a client offers.
    public var subprotocols: [String] = []
    /// The origins a browser may come from; empty: any.
    public var origins: [String] = []
    public var textMessages = TextMessages.accept
    /// The bytes of the largest message, whatever its fragments; a larger one closes the connection with code 1009.
    public var largestMessage = 0xffff
    /// Nanoseconds of silence after which a client is pinged, and gone when it is silent for as long again; 0: never.
    public var pingInterval: UInt64 = 30_000_000_000
    /// The request headers that scripts may ask for, in lower case.
    public var keptHeaders: [String] = []

    public init() {}
}
