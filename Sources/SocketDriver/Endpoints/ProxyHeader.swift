// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The header that a proxy puts before a client's first byte to say who the client is: the PROXY protocol, versions 1
/// and 2, as HAProxy publishes it.
///
/// The reader peeks at what has arrived, asks here, and then takes exactly the header's bytes off the socket; so nothing
/// is kept between two looks, and what follows the header is still there for whoever reads next.
public struct ProxyHeader: Sendable, Equatable {
    /// Whom the connection was made for.
    public enum Source: Sendable, Equatable {
        /// The proxy itself, to see whether we live.
        case local
        /// Somebody whose address the proxy does not know, or whose address is neither TCP over IPv4 nor over IPv6.
        case unknown
        case address(PackedAddress, destination: PackedAddress)
    }

    /// What the bytes so far are.
    public enum Reading: Sendable, Equatable {
        /// They may become a header.
        case incomplete
        case header(ProxyHeader)
        /// The first of them cannot begin a header.
        case absent
        /// They began like a header, and are none; the reason is for a log.
        case malformed(String)
    }

    /// The bytes it takes, its end included.
    public var length: Int
    public var source: Source

    public init(length: Int, source: Source) {
        self.length = length
        self.source = source
    }

    /// The most bytes a header may have. The published protocol allows 64 KiB of extras; they are skipped, and real ones
    /// take some hundred bytes.
    public static let longest = 4096

    /// - Parameter bytes: all that arrived since the connection began; no more than ``longest`` of them are looked at.
    public static func read(_ bytes: some Collection<UInt8>) -> Reading {
        let bytes = Array(bytes.prefix(longest))
        guard let first = bytes.first else { return .incomplete }
        return first == ProxyLine.signature[0] ? ProxyLine.read(bytes) : ProxyBlock.read(bytes)
    }
}

/// Version 1, a line of text.
private enum ProxyLine {
    static let signature = Array("PROXY".utf8)
    /// With CR and LF.
    static let longest = 107

    static func read(_ bytes: [UInt8]) -> ProxyHeader.Reading {
        let beginning = bytes.prefix(signature.count)
        guard signature.starts(with: beginning) else { return .absent }
        guard beginning.count == signature.count else { return .incomplete }
        guard let end = bytes.prefix(longest).firstIndex(where: { $0 == carriageReturn || $0 == lineFeed }) else {
            return bytes.count < longest ? early(bytes) : .malformed("no line end within \(longest) bytes")
        }
        guard bytes[end] == carriageReturn else { return .malformed("a line feed without its carriage return") }
        guard end + 1 < longest else { return .malformed("no line end within \(longest) bytes") }
        guard end + 1 < bytes.count else { return early(bytes) }
        guard bytes[end + 1] == lineFeed else { return .malformed("a carriage return without its line feed") }
        return decode(bytes[..<end])
    }

    private static let carriageReturn = UInt8(ascii: "\r")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let protocols = ["TCP4", "TCP6", "UNKNOWN"]

    /// A line that cannot become right is told before its end; who is wrong shall hear it soon.
    private static func early(_ bytes: [UInt8]) -> ProxyHeader.Reading {
        let line = bytes.prefix { $0 != carriageReturn }
        let canBecomeRight = protocols.contains { name in
            let start = Array("PROXY \(name)".utf8)
            guard line.count > start.count else { return start.starts(with: line) }
            return line.starts(with: start) && line[start.count] == UInt8(ascii: " ")
        }
        return canBecomeRight ? .incomplete : .malformed(unknownProtocol)
    }

    private static let unknownProtocol = "expected TCP4, TCP6 or UNKNOWN behind PROXY and a blank"

    private static func decode(_ line: ArraySlice<UInt8>) -> ProxyHeader.Reading {
        let length = line.count + 2
        let text = String(decoding: line, as: UTF8.self)
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count > 1, words[0] == "PROXY", protocols.contains(String(words[1])) else {
            return .malformed(unknownProtocol)
        }
        // Whatever follows is to be ignored.
        if words[1] == "UNKNOWN" { return .header(ProxyHeader(length: length, source: .unknown)) }
        guard words.count == 6 else { return .malformed("expected two addresses and two ports, one blank apart") }
        let family: PackedAddress.Family = words[1] == "TCP4" ? .v4 : .v6
        guard let sourcePort = UInt16(port: words[4]), let destinationPort = UInt16(port: words[5]) else {
            return .malformed("a port is no number from 0 to 65535")
        }
        guard let source = PackedAddress(numeric: words[2], port: sourcePort), source.family == family,
            let destination = PackedAddress(numeric: words[3], port: destinationPort), destination.family == family
        else { return .malformed("an address is not one of \(words[1])") }
        return .header(ProxyHeader(length: length, source: .address(source, destination: destination)))
    }
}

/// Version 2, in binary.
private enum ProxyBlock {
    static let signature: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
    /// The signature, version and command, family and transport, and the length of the rest.
    private static let fixed = 16

    private enum Command: UInt8 { case local, proxy }

    /// Bytes of both addresses with their ports.
    private enum Family: UInt8 {
        case unspecified, v4, v6, unix

        var length: Int {
            switch self {
            case .unspecified: 0
            case .v4: 12
            case .v6: 36
            case .unix: 216
            }
        }
    }

    private enum Transport: UInt8 { case unspecified, stream, datagram }

    static func read(_ bytes: [UInt8]) -> ProxyHeader.Reading {
        let beginning = bytes.prefix(signature.count)
        guard signature.starts(with: beginning) else { return .absent }
        guard bytes.count > 12 else { return .incomplete }
        guard bytes[12] >> 4 == 2 else { return .malformed("version \(bytes[12] >> 4), expected 2") }
        guard let command = Command(rawValue: bytes[12] & 0xf) else {
            return .malformed("command \(bytes[12] & 0xf), expected LOCAL or PROXY")
        }
        guard bytes.count >= fixed else { return .incomplete }
        let rest = Int(bytes[14]) << 8 | Int(bytes[15])
        let length = fixed + rest
        guard length <= ProxyHeader.longest else {
            return .malformed("\(length) bytes, expected at most \(ProxyHeader.longest)")
        }
        // The family of a LOCAL connection is to be ignored.
        if command == .local {
            return bytes.count < length ? .incomplete : .header(ProxyHeader(length: length, source: .local))
        }
        guard let family = Family(rawValue: bytes[13] >> 4), let transport = Transport(rawValue: bytes[13] & 0xf) else {
            return .malformed("family and transport are \(bytes[13])")
        }
        guard rest >= family.length else {
            return .malformed("\(rest) bytes of addresses, expected at least \(family.length)")
        }
        guard bytes.count >= length else { return .incomplete }
        let source = transport == .stream ? source(of: family, in: bytes) : .unknown
        return .header(ProxyHeader(length: length, source: source))
    }

    private static func source(of family: Family, in bytes: [UInt8]) -> ProxyHeader.Source {
        switch family {
        case .v4: addresses(.v4, in: bytes)
        case .v6: addresses(.v6, in: bytes)
        case .unspecified, .unix: .unknown
        }
    }

    private static func addresses(_ family: PackedAddress.Family, in bytes: [UInt8]) -> ProxyHeader.Source {
        let size = family.addressLength
        let ports = fixed + 2 * size
        func address(_ number: Int) -> PackedAddress {
            let start = fixed + number * size
            let port = UInt16(bytes[ports + 2 * number]) << 8 | UInt16(bytes[ports + 2 * number + 1])
            return PackedAddress(family: family, port: port, address: Array(bytes[start..<start + size]))
        }
        return .address(address(0), destination: address(1))
    }
}
