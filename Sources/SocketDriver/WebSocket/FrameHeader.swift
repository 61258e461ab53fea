// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOWebSocket

/// The first byte of a frame.
struct FrameStart {
    let isFinal: Bool
    let opcode: WebSocketOpcode

    var isControl: Bool { opcode.isControlOpcode }

    init(_ byte: UInt8) throws(WebSocketViolation) {
        guard byte & 0x70 == 0 else { throw .reservedBits }
        isFinal = byte & 0x80 != 0
        let code = byte & 0x0F
        guard code <= 2 || 8...10 ~= code, let opcode = WebSocketOpcode(encodedWebSocketOpcode: code) else {
            throw .unknownOpcode
        }
        self.opcode = opcode
        if isControl, !isFinal { throw .fragmentedControlFrame }
    }
}

/// What precedes the payload of a frame.
struct FrameHeader {
    let start: FrameStart
    /// Bytes of the payload.
    let length: UInt64
    /// In the order of the wire, the first byte the most significant one; 0 without.
    let mask: UInt32
    /// Bytes of the header itself.
    let size: Int

    /// Nil when these bytes do not hold it whole; throws as soon as they cannot.
    init?(_ bytes: UnsafeRawBufferPointer, side: FrameRules.Side) throws(WebSocketViolation) {
        guard bytes.count >= 2 else { return nil }
        start = try FrameStart(bytes[0])
        let isMasked = bytes[1] & 0x80 != 0
        if isMasked != (side == .server) { throw isMasked ? .maskedFrame : .unmaskedFrame }
        let short = bytes[1] & 0x7F
        if start.isControl, short > 125 { throw .largeControlFrame }
        let lengthSize = short == 127 ? 8 : short == 126 ? 2 : 0
        guard bytes.count >= 2 + lengthSize else { return nil }
        length = try Self.length(short, bytes)
        size = 2 + lengthSize + (isMasked ? 4 : 0)
        guard bytes.count >= size else { return nil }
        mask = isMasked ? bytes.loadUnaligned(fromByteOffset: size - 4, as: UInt32.self).bigEndian : 0
    }

    private static func length(_ short: UInt8, _ bytes: UnsafeRawBufferPointer) throws(WebSocketViolation) -> UInt64 {
        switch short {
        case 127:
            let length = bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self).bigEndian
            guard length > UInt64(UInt16.max), length <= UInt64(Int64.max) else { throw .lengthNotMinimal }
            return length
        case 126:
            let length = bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self).bigEndian
            guard length > 125 else { throw .lengthNotMinimal }
            return UInt64(length)
        default: return UInt64(short)
        }
    }
}
