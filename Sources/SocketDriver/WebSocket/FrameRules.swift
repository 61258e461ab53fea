// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOWebSocket

/// What RFC 6455 demands of the frames of a peer, checked byte by byte as they come.
///
/// NIOWebSocket's decoder hands on whole frames and leaves most rules to others. To wait for the end of a frame that is
/// wrong from its first byte on would cost its whole size in memory, so the rules look at what is there: at a header as
/// far as it goes, at text as far as it goes. The decoder only ever sees frames that are complete and right.
struct FrameRules {
    enum Side: Sendable {
        /// The peer is a client, who masks.
        case server
        /// The peer is a server, who does not.
        case client
    }

    private enum Message { case none, text, binary }

    private let side: Side
    private let limit: Int
    private let refusesText: Bool
    /// The message whose last fragment has not come.
    private var message = Message.none
    /// Bytes in its fragments, without the current one.
    private var length = 0
    private var text = UTF8Check()
    /// Bytes of the current frame's payload that were found to be text.
    private var checked = 0

    init(side: Side, largestMessage: Int, textMessages: WebSocketOptions.TextMessages) {
        self.side = side
        limit = largestMessage
        refusesText = textMessages == .refuse
    }

    /// Looks at the frame at the beginning of all bytes that came since the last complete one. Answers its size in bytes
    /// when it is complete, and expects the bytes behind it the next time.
    mutating func inspect(_ bytes: UnsafeRawBufferPointer) throws(WebSocketViolation) -> Int? {
        guard let header = try FrameHeader(bytes, side: side) else {
            if let first = bytes.first { try check(FrameStart(first)) }
            return nil
        }
        let start = header.start
        try check(start)
        if !start.isControl, header.length > UInt64(max(limit - length, 0)) { throw .messageTooLarge }
        let payload = UnsafeRawBufferPointer(rebasing: bytes[header.size...])
        let isComplete = UInt64(payload.count) >= header.length
        let here = UnsafeRawBufferPointer(rebasing: payload.prefix(Int(min(header.length, UInt64(payload.count)))))
        if !start.isControl {
            try checkText(here, header, isComplete)
        } else if start.opcode == .connectionClose, isComplete {
            try Self.checkClose(here, header.mask)
        }
        guard isComplete else { return nil }
        if !start.isControl { advance(behind: header) }
        return header.size + Int(header.length)
    }

    private func check(_ start: FrameStart) throws(WebSocketViolation) {
        switch start.opcode {
        case .continuation where message == .none: throw .unexpectedContinuation
        case .text where message != .none, .binary where message != .none: throw .messageInMessage
        case .text where refusesText: throw .textRefused
        default: break
        }
    }

    private mutating func checkText(
        _ payload: UnsafeRawBufferPointer,
        _ header: FrameHeader,
        _ isComplete: Bool
    ) throws(WebSocketViolation) {
        guard message == .text || header.start.opcode == .text else { return }
        let new = UnsafeRawBufferPointer(rebasing: payload[checked...])
        let mask = header.mask.rotated(by: checked)
        guard text.accepts(new, mask: mask) else { throw .textNotUTF8 }
        checked = payload.count
        if isComplete, header.start.isFinal, !text.isComplete { throw .textNotUTF8 }
    }

    private mutating func advance(behind header: FrameHeader) {
        checked = 0
        if header.start.isFinal {
            message = .none
            length = 0
            text = UTF8Check()
            return
        }
        length += Int(header.length)
        if header.start.opcode != .continuation { message = header.start.opcode == .text ? .text : .binary }
    }

    private static func checkClose(
        _ payload: UnsafeRawBufferPointer,
        _ mask: UInt32
    ) throws(WebSocketViolation) {
        if payload.isEmpty { return }
        guard payload.count >= 2 else { throw .badCloseCode }
        let code = payload.loadUnaligned(as: UInt16.self).bigEndian ^ UInt16(truncatingIfNeeded: mask >> 16)
        guard WebSocketCloseCode(rawValue: code).isAllowedInFrames else { throw .badCloseCode }
        var reason = UTF8Check()
        let bytes = UnsafeRawBufferPointer(rebasing: payload[2...])
        guard reason.accepts(bytes, mask: mask.rotated(by: 2)), reason.isComplete else { throw .closeReasonNotUTF8 }
    }
}

extension UInt32 {
    /// A mask for the bytes that begin so many behind its first one.
    fileprivate func rotated(by count: Int) -> UInt32 {
        let bits = UInt32(8 * (count & 3))
        return self << bits | self >> ((32 - bits) & 31)
    }
}
