// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// How a peer broke the protocol, or a limit of ours; each ends the connection.
///
/// The raw value is a name to count under.
enum WebSocketViolation: String, Error, Sendable, CaseIterable {
    case reservedBits = "reserved-bits"
    case unknownOpcode = "unknown-opcode"
    case unmaskedFrame = "unmasked-frame"
    case maskedFrame = "masked-frame"
    case fragmentedControlFrame = "fragmented-control-frame"
    case largeControlFrame = "large-control-frame"
    case lengthNotMinimal = "length-not-minimal"
    case unexpectedContinuation = "unexpected-continuation"
    case messageInMessage = "message-in-message"
    case messageTooLarge = "message-too-large"
    case textRefused = "text-refused"
    case textNotUTF8 = "text-not-utf8"
    case badCloseCode = "bad-close-code"
    case closeReasonNotUTF8 = "close-reason-not-utf8"
    case silence

    /// What the close frame says.
    var code: WebSocketCloseCode {
        switch self {
        case .reservedBits, .unknownOpcode, .unmaskedFrame, .maskedFrame, .fragmentedControlFrame, .largeControlFrame,
            .lengthNotMinimal, .unexpectedContinuation, .messageInMessage, .badCloseCode:
            .protocolError
        case .messageTooLarge: .messageTooBig
        case .textRefused: .unsupportedData
        case .textNotUTF8, .closeReasonNotUTF8: .invalidPayload
        case .silence: .goingAway
        }
    }
}

extension WebSocketViolation: CustomStringConvertible {
    /// A sentence for the operator.
    var description: String {
        switch self {
        case .reservedBits: "the peer set reserved bits of a WebSocket frame, and no extension was agreed on"
        case .unknownOpcode: "the peer sent a WebSocket frame with an opcode that does not exist"
        case .unmaskedFrame: "the client sent a WebSocket frame without a mask"
        case .maskedFrame: "the server sent a WebSocket frame with a mask"
        case .fragmentedControlFrame: "the peer sent a WebSocket control frame in fragments"
        case .largeControlFrame: "the peer sent a WebSocket control frame of more than 125 bytes"
        case .lengthNotMinimal:
            "the peer sent the length of a WebSocket frame in more bytes than it takes, or a negative one"
        case .unexpectedContinuation: "the peer continued a WebSocket message that it had not begun"
        case .messageInMessage: "the peer began a WebSocket message before the last one had ended"
        case .messageTooLarge: "the peer sent a WebSocket message over the limit"
        case .textRefused: "the peer sent a text message, and only binary ones are accepted"
        case .textNotUTF8: "the peer sent a text message that is not UTF-8"
        case .badCloseCode: "the peer closed the WebSocket with a code that must not be sent"
        case .closeReasonNotUTF8: "the peer closed the WebSocket with a reason that is not UTF-8"
        case .silence: "the peer did not answer a WebSocket ping"
        }
    }
}
