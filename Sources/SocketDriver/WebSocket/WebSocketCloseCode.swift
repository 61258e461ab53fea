// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Why a WebSocket ends, as its close frame says.
struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    let rawValue: UInt16

    static let normal = WebSocketCloseCode(rawValue: 1000)
    static let goingAway = WebSocketCloseCode(rawValue: 1001)
    static let protocolError = WebSocketCloseCode(rawValue: 1002)
    static let unsupportedData = WebSocketCloseCode(rawValue: 1003)
    static let invalidPayload = WebSocketCloseCode(rawValue: 1007)
    static let messageTooBig = WebSocketCloseCode(rawValue: 1009)

    /// Whether it may stand in a frame: 1004 to 1006 and 1015 are for talking about frames, and the rest below 3000 is
    /// for codes that IANA has not registered.
    var isAllowedInFrames: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

/// Asks an upgraded channel, as an outbound user event, to begin the closing handshake with a code of one's own: a node
/// that ends says 1001. The channel closes when the peer has answered, or after a second.
struct WebSocketCloseRequest: Sendable {
    var code: WebSocketCloseCode
}
