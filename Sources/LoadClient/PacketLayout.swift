// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What a packet looks like on the way out and on the way back: every packet of a run is the same.
struct PacketLayout: Sendable {
    /// A hundred of them under way are still no strain on a machine's memory.
    static let largestPayload = 16 * 1_024 * 1_024

    /// Bytes of a packet without what stands around it.
    let payload: Int
    /// A packet as it is sent.
    let packet: [UInt8]
    /// What stands before and behind the payload of its echo.
    let header: [UInt8]
    let trailer: [UInt8]

    init(payload: Int, framing: LoadFraming = .u16be) {
        self.payload = payload
        header = framing.header(payload)
        trailer = framing.trailer
        packet = header + Self.content(payload) + trailer
    }

    /// A binary message of a WebSocket: what a client sends is masked, what a server sends is not.
    init(message payload: Int) {
        self.payload = payload
        // Nobody reads along who could be led astray by bytes that he has chosen, so that one mask will do.
        let mask: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]
        header = Self.frameHeader(payload, maskBit: 0)
        trailer = []
        let masked = Self.content(payload).enumerated().map { $0.element ^ mask[$0.offset & 3] }
        packet = Self.frameHeader(payload, maskBit: 0x80) + mask + masked
    }

    init(_ configuration: LoadConfiguration) {
        if configuration.target.transport.isWebSocket {
            self.init(message: configuration.payload)
        } else {
            self.init(payload: configuration.payload, framing: configuration.framing)
        }
    }

    /// Letters, so that no byte looks like the end of a line.
    private static func content(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(0x41 + $0 % 26) }
    }

    /// FIN, binary, and the length in the shortest of its three forms.
    private static func frameHeader(_ payload: Int, maskBit: UInt8) -> [UInt8] {
        let big = (0..<8).reversed().map { UInt8(truncatingIfNeeded: payload >> ($0 * 8)) }
        return switch payload {
        case ..<126: [0x82, maskBit | UInt8(payload)]
        case ...0xffff: [0x82, maskBit | 126] + big.suffix(2)
        default: [0x82, maskBit | 127] + big
        }
    }
}
