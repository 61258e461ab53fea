// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Blocks
public import SocketDriver

/// The launch line of the native gate: `<S|L> <watchdog> <ip:port or port> <client type> <max>`.
public struct GateParameters: Equatable, Sendable {
    public struct Invalid: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    public let framing: PacketFraming
    /// `:hex` or `.name`; nil when the gate reports to nobody.
    public let watchdog: String?
    public let address: Endpoint
    public let clientType: UInt8
    public let limit: Int

    /// Bytes of the largest packet: announced lengths stay below 16 MiB.
    public static let largestPacket = (1 << 24) - 1

    var rules: PacketRules { PacketRules(framing, sizes: 0...Self.largestPacket) }

    /// The message type of packets unless the line says otherwise: CLIENT.
    private static let usualType: UInt8 = 3

    public init(parsing line: String) throws(Invalid) {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count >= 4, let type = UInt8(words[3]) else {
            throw Invalid(description: "Invalid gate parm \(line)")
        }
        guard words.count > 4, let limit = Int(words[4]), limit > 0 else {
            throw Invalid(description: "Need max connection")
        }
        switch words[0] {
        case "S": framing = .u16be
        case "L": framing = .u32be
        default: throw Invalid(description: "Invalid data header style")
        }
        watchdog = words[1].hasPrefix("!") ? nil : words[1]
        address = try Self.address(words[2])
        clientType = type == 0 ? Self.usualType : type
        self.limit = limit
    }

    /// A port alone stands for every address.
    private static func address(_ text: String) throws(Invalid) -> Endpoint {
        if let port = UInt16(text) { return Endpoint(host: "", port: Int(port)) }
        do throws(Endpoint.ParseError) {
            return try Endpoint(parsing: text, port: nil)
        } catch {
            throw Invalid(description: "Invalid gate address \(text)")
        }
    }
}
