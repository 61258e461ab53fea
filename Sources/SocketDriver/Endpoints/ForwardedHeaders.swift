// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// A header in which a proxy says for whom it asks.
public enum ForwardedHeader: String, Sendable, CaseIterable {
    /// Addresses joined by commas, the client's first; every proxy adds the one it was asked from.
    case xForwardedFor = "x-forwarded-for"
    /// One address.
    case xRealIP = "x-real-ip"
    /// RFC 7239.
    case forwarded
}

/// The client's address, from what proxies wrote into the headers of its request.
///
/// Each proxy vouches for the entry it added and for nothing left of it, so the entries are read from the right, as long
/// as their proxies are trusted; the first that is none of them is the client. What stands further left is the client's
/// own and may say anything.
public struct ForwardedHeaders: Sendable {
    /// Whose address scripts shall see.
    public enum Client: Sendable, Equatable {
        /// The peer's own: it is no trusted proxy, it says nothing, or it does not know.
        case peer
        /// The port is 0 where none was said, which is the rule.
        case address(PackedAddress)
        /// What a trusted proxy says cannot be right; the reason is for a log.
        case refused(String)
    }

    /// The headers that are believed. Believed are only those that all trusted proxies write or remove: a client may
    /// send any header.
    public var believed: Set<ForwardedHeader>
    public var trusted: AddressNetworks

    public init(believed: Set<ForwardedHeader>, trusted: AddressNetworks) {
        self.believed = believed
        self.trusted = trusted
    }

    /// - Parameters:
    ///   - headers: those of the request in their order; names in any case.
    ///   - peer: the other end of the connection, or whom its PROXY header named.
    public func client(headers: some Sequence<(name: String, value: String)>, peer: PackedAddress) -> Client {
        guard !believed.isEmpty, trusted.contains(peer) else { return .peer }
        var values: [ForwardedHeader: [String]] = [:]
        for (name, value) in headers {
            if let header = ForwardedHeader(rawValue: name.lowercased()), believed.contains(header) {
                values[header, default: []].append(value)
            }
        }
        var answer = Client.peer
        for header in ForwardedHeader.allCases {
            guard let values = values[header] else { continue }
            switch client(header, values) {
            case .peer: continue
            case .refused(let reason): return .refused("\(header.rawValue): \(reason)")
            case .address(let found):
                // A proxy that writes one of them hands on a forged other.
                if case .address(let before) = answer, before.unmapped.address != found.unmapped.address {
                    return .refused("\(header.rawValue): \(found.host), but another header says \(before.host)")
                }
                if answer == .peer { answer = .address(found) }
            }
        }
        return answer
    }

    private func client(_ header: ForwardedHeader, _ values: [String]) -> Client {
        switch header {
        case .xForwardedFor:
            return walk(
                values.flatMap { $0.split(separator: ",") }.map(trimmed).filter { !$0.isEmpty }.map(Hop.init(plain:))
            )
        case .xRealIP:
            guard values.count == 1 else { return .refused("\(values.count) of them") }
            let value = trimmed(values[0][...])
            if value.isEmpty { return .peer }
            let client = walk([Hop(plain: value)])
            // The second proxy of a chain names the first, of which nothing is learnt.
            if case .address(let address) = client, trusted.contains(address) { return .peer }
            return client
        case .forwarded:
            var reader = ForwardedReader(values.joined(separator: ","))
            do throws(ForwardedReader.Failure) { return walk(try reader.hops()) } catch {
                return .refused(error.reason)
            }
        }
    }

    /// Goes from the last proxy towards the client.
    private func walk(_ hops: [Hop]) -> Client {
        var farthest = Client.peer
        for hop in hops.reversed() {
            switch hop {
            case .malformed(let text): return .refused("\"\(text.prefix(Self.shown))\" is no address")
            // Nobody further left is vouched for by somebody we know.
            case .hidden: return farthest
            case .address(let address):
                if !trusted.contains(address) { return .address(address) }
                farthest = .address(address)
            }
        }
        return farthest
    }

    /// How much of a stranger's text goes into a log.
    private static let shown = 64
}

/// Whom one proxy was asked by.
enum Hop: Equatable {
    case address(PackedAddress)
    /// The proxy does not know, or does not tell.
    case hidden
    case malformed(String)

    /// An entry of `X-Forwarded-For` or the value of `X-Real-IP`: an address, IPv6 with or without brackets, a port
    /// behind a colon where that cannot be misread.
    init(plain text: Substring) {
        if let address = PackedAddress(numeric: text) {
            self = .address(address)
        } else {
            self.init(node: text)
        }
    }

    /// The value of `for`, without its quotes: IPv4, IPv6 in brackets, `unknown`, or a name that begins with an
    /// underscore; a port, which may be such a name as well, behind a colon.
    init(node text: Substring) {
        let (name, port) = Self.split(text)
        guard let port = port.map(Self.port) ?? 0 else {
            self = .malformed(String(text))
            return
        }
        if name.lowercased() == "unknown" || Self.isObfuscated(name) {
            self = .hidden
        } else if name.hasPrefix("["), name.hasSuffix("]"),
            let address = PackedAddress(numeric: name.dropFirst().dropLast(), port: port), address.family == .v6
        {
            self = .address(address)
        } else if let address = PackedAddress(numeric: name, port: port), address.family == .v4 {
            self = .address(address)
        } else {
            self = .malformed(String(text))
        }
    }

    /// At the last colon outside brackets.
    private static func split(_ text: Substring) -> (name: Substring, port: Substring?) {
        guard let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") else { return (text, nil) }
        return (text[..<colon], text[text.index(after: colon)...])
    }

    private static func port(_ text: Substring) -> UInt16? { isObfuscated(text) ? 0 : UInt16(port: text) }

    private static func isObfuscated(_ name: Substring) -> Bool {
        name.hasPrefix("_") && name.utf8.count > 1
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// Without blanks and tabs at both ends.
private func trimmed(_ text: Substring) -> Substring {
    let isBlank = { (character: Character) in character == " " || character == "\t" }
    var text = text.drop(while: isBlank)
    while text.last.map(isBlank) ?? false { text.removeLast() }
    return text
}
