// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// A host with a port, as scripts write them: in two arguments, or together in one string.
public struct HostAndPort: Sendable, Equatable {
    public var host: String
    public var port: Int

    /// Why a text is not a host with a port.
    public enum ParseError: Error, Equatable, CustomStringConvertible {
        case invalidAddress(String)
        case invalidPort(String)

        public var description: String {
            switch self {
            case .invalidAddress(let text): "Invalid address \(text)."
            case .invalidPort(let text): "Invalid port in address \(text)."
            }
        }
    }

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:80` or `[::1]:80`. The first colon outside brackets splits.
    public init(parsing text: String) throws(ParseError) {
        let bytes = Array(text.utf8)
        let (host, afterHost) = try Self.splitHost(of: bytes, text: text)
        guard let colon = bytes[afterHost...].firstIndex(of: UInt8(ascii: ":")) else {
            throw .invalidAddress(text)
        }
        self.host = String(decoding: bytes[host ?? 0..<colon], as: UTF8.self)
        self.port = try Self.port(in: bytes[(colon + 1)...], text: text)
    }

    /// The range of a bracketed host and the place where the colon is looked for; no range for a plain host.
    private static func splitHost(of bytes: [UInt8], text: String) throws(ParseError) -> (Range<Int>?, Int) {
        guard bytes.first == UInt8(ascii: "[") else { return (nil, 0) }
        guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")) else { throw .invalidAddress(text) }
        return (1..<bracket, bracket + 1)
    }

    private static func port(in digits: ArraySlice<UInt8>, text: String) throws(ParseError) -> Int {
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(String(decoding: digits, as: UTF8.self))
        else { throw .invalidPort(text) }
        return Int(port)
    }
}
