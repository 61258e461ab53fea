// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// How packets are told apart on a stream; a WebSocket brings its own frames.
public enum LoadFraming: String, Sendable, CaseIterable {
    case u16be, u16le, u32be, u32le, varint, line

    /// The bytes in front of a packet of so many bytes.
    func header(_ payload: Int) -> [UInt8] {
        let little = (0..<4).map { UInt8(truncatingIfNeeded: payload >> ($0 * 8)) }
        return switch self {
        case .u16be: [little[1], little[0]]
        case .u16le: [little[0], little[1]]
        case .u32be: little.reversed()
        case .u32le: little
        case .varint: Self.varint(payload)
        case .line: []
        }
    }

    /// The bytes behind a packet.
    var trailer: [UInt8] { self == .line ? [0x0a] : [] }

    /// The bytes of the largest packet that the load client sends.
    var largestPayload: Int { self == .u16be || self == .u16le ? 0xffff : PacketLayout.largestPayload }

    private static func varint(_ value: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f | 0x80))
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
