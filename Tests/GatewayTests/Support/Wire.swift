// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// A way to a gate: a transport, and how packets are told apart on it.
struct Wire: Sendable, Hashable, CustomStringConvertible {
    enum Scheme: String, Sendable { case tcp, tls, ws, wss, unix }

    /// As configurations name it; messages of a WebSocket need none.
    enum Framing: String, Sendable { case u16be, u16le, u32be, u32le, varint, line, messages }

    let scheme: Scheme
    let framing: Framing

    static let tcp = Wire(scheme: .tcp, framing: .u16be)
    static let tls = Wire(scheme: .tls, framing: .u16be)
    static let webSocket = Wire(scheme: .ws, framing: .messages)
    static let secureWebSocket = Wire(scheme: .wss, framing: .messages)
    static let unix = Wire(scheme: .unix, framing: .u16be)

    static let transports: [Wire] = [.tcp, .tls, .webSocket, .secureWebSocket, .unix]
    static let all =
        transports
        + [.u16le, .u32be, .u32le, .varint, .line].map { (framing: Framing) in Wire(scheme: .tcp, framing: framing) }

    var name: String { scheme == .tcp && framing != .u16be ? framing.rawValue : scheme.rawValue }

    var description: String { name }

    var isEncrypted: Bool { scheme == .tls || scheme == .wss }

    var isWebSocket: Bool { scheme == .ws || scheme == .wss }

    /// Whether a packet of more than 65,535 bytes can be told.
    var hasLargePackets: Bool { framing != .u16be && framing != .u16le }

    /// A packet as a client sends it.
    func encoded(_ body: [UInt8]) -> [UInt8] {
        let size = body.count
        func byte(_ place: Int) -> UInt8 { UInt8(truncatingIfNeeded: size >> (8 * place)) }
        switch framing {
        case .u16be: return [byte(1), byte(0)] + body
        case .u16le: return [byte(0), byte(1)] + body
        case .u32be: return [byte(3), byte(2), byte(1), byte(0)] + body
        case .u32le: return [byte(0), byte(1), byte(2), byte(3)] + body
        case .varint: return Self.varint(size) + body
        case .line: return body + [UInt8(ascii: "\n")]
        case .messages: return Self.frame(2, body)
        }
    }

    private static func varint(_ size: Int) -> [UInt8] {
        size < 128 ? [UInt8(size)] : [UInt8(size & 127 | 128)] + varint(size >> 7)
    }

    /// A whole frame of a client.
    static func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let size = payload.count
        let width = size < 126 ? 0 : size <= 65535 ? 2 : 8
        var bytes = [0x80 | opcode, 0x80 | (width == 0 ? UInt8(size) : width == 2 ? 126 : 127)]
        for place in (0..<width).reversed() { bytes.append(UInt8(truncatingIfNeeded: size >> (8 * place))) }
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }
}
