// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

extension Endpoint {
    /// Why a text is not an endpoint, in one sentence that names it.
    public struct ParseError: Error, Equatable, CustomStringConvertible {
        public let description: String

        fileprivate init(_ url: String, _ reason: String) { description = "Invalid address \(url): \(reason)" }

        fileprivate init(_ description: String) { self.description = description }
    }

    /// Reads what a script gives as host and port: a URL, or else a plain host as ever.
    ///
    /// - Parameters:
    ///   - text: a URL when it contains `://`; else a host, with its port behind a colon when `port` is nil.
    ///   - port: the port as an argument of its own. A URL may repeat it; the path of a unix socket goes without.
    public init(parsing text: String, port: Int?) throws(ParseError) {
        if let port, !(0...0xffff).contains(port) { throw ParseError("Invalid port") }
        if let divider = text.firstRange(of: "://") {
            self = try EndpointURL(text, scheme: text[..<divider.lowerBound], rest: text[divider.upperBound...])
                .endpoint(port: port)
        } else if let port {
            self.init(host: text, port: port)
        } else {
            do throws(HostAndPort.ParseError) {
                let place = try HostAndPort(parsing: text)
                self.init(host: place.host, port: place.port)
            } catch {
                throw ParseError(error.description)
            }
        }
    }

    /// The resource without its query.
    public var path: String { String(resource.prefix { $0 != "?" }) }

    /// What stands behind the question mark of the resource; nil when there is none.
    public var query: String? {
        resource.firstIndex(of: "?").map { String(resource[resource.index(after: $0)...]) }
    }

    /// Refuses what can be asked for but not be listened at.
    public func checkForListening() throws(ParseError) {
        if query != nil {
            throw ParseError("\(self)", "a listener answers for a path, whatever the query; leave the query out")
        }
    }
}

extension Endpoint.Scheme {
    /// The port of a URL that names none; nil when it has to.
    public var defaultPort: Int? {
        switch self {
        case .ws: 80
        case .wss: 443
        case .tcp, .tls, .unix: nil
        }
    }
}

/// A URL on its way to an endpoint: what was written, cut at its slashes.
struct EndpointURL {
    let scheme: Endpoint.Scheme
    let host: String
    /// Nil when the URL names none.
    let port: Int?
    /// Nil when the URL ends with its host.
    let resource: String?
    private let text: String

    init(parsing text: String) throws(Endpoint.ParseError) {
        guard let divider = text.firstRange(of: "://") else {
            throw Endpoint.ParseError(text, "expected a URL, like tcp://0.0.0.0:8888")
        }
        try self.init(text, scheme: text[..<divider.lowerBound], rest: text[divider.upperBound...])
    }

    fileprivate init(_ text: String, scheme name: Substring, rest: Substring) throws(Endpoint.ParseError) {
        let schemes = Endpoint.Scheme.allCases.map(\.rawValue).joined(separator: ", ")
        guard let scheme = Endpoint.Scheme(rawValue: name.lowercased()) else {
            throw Endpoint.ParseError(text, "unknown scheme \"\(name)\", expected one of \(schemes)")
        }
        self.scheme = scheme
        self.text = text
        if scheme == .unix {
            host = try Self.socketPath(rest, of: text)
            port = nil
            resource = nil
            return
        }
        let authority = rest.prefix { !"/?#".contains($0) }
        (host, port) = try Self.authority(authority, of: text)
        resource = try Self.resource(rest[authority.endIndex...], scheme, of: text)
    }

    func endpoint(port argument: Int?) throws(Endpoint.ParseError) -> Endpoint {
        if scheme == .unix { return Endpoint(.unix, host: host) }
        if let port, let argument, port != argument {
            throw Endpoint.ParseError(text, "its port is \(port), but the argument says \(argument)")
        }
        guard let port = port ?? argument ?? scheme.defaultPort else {
            throw Endpoint.ParseError(text, "no port, expected one behind the host or as an argument")
        }
        return Endpoint(scheme, host: host, port: port, resource: resource ?? "/")
    }

    /// What `sockaddr_un` holds besides the zero at its end.
    static let longestSocketPath = 107

    private static func socketPath(_ path: Substring, of text: String) throws(Endpoint.ParseError) -> String {
        guard path.hasPrefix("/"), path.utf8.count > 1 else {
            throw Endpoint.ParseError(text, "expected an absolute path, like unix:///run/gate.sock")
        }
        guard path.utf8.count <= longestSocketPath else {
            throw Endpoint.ParseError(
                text,
                "its path has \(path.utf8.count) bytes, the system allows \(longestSocketPath)"
            )
        }
        guard !path.utf8.contains(0) else { throw Endpoint.ParseError(text, "a zero byte in the path") }
        return String(path)
    }

    private static func authority(
        _ authority: Substring,
        of text: String
    ) throws(Endpoint.ParseError) -> (host: String, port: Int?) {
        if authority.contains("@") { throw Endpoint.ParseError(text, "a user before the host is not supported") }
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else {
                throw Endpoint.ParseError(text, "the bracket is never closed")
            }
            let host = authority[authority.index(after: authority.startIndex)..<bracket]
            let zone = host.firstIndex(of: "%").map { host[$0...] } ?? ""
            guard PackedAddress(numeric: host.prefix { $0 != "%" })?.family == .v6, zone.allSatisfy(isZone) else {
                throw Endpoint.ParseError(text, "expected an IPv6 address between the brackets")
            }
            let rest = authority[authority.index(after: bracket)...]
            return (String(host), try port(rest, of: text))
        }
        let host = authority.prefix { $0 != ":" }
        let rest = authority[host.endIndex...]
        if rest.dropFirst().contains(":") { throw Endpoint.ParseError(text, "an IPv6 address belongs in brackets") }
        guard host.allSatisfy(isName) else {
            throw Endpoint.ParseError(text, "a host has letters, digits, dots, hyphens and underscores")
        }
        return (host.isEmpty ? "0.0.0.0" : String(host), try port(rest, of: text))
    }

    private static func isName(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || ".-_".contains(character))
    }

    private static func isZone(_ character: Character) -> Bool { character == "%" || isName(character) }

    /// - Parameter rest: empty, or a colon and a number.
    private static func port(_ rest: Substring, of text: String) throws(Endpoint.ParseError) -> Int? {
        if rest.isEmpty { return nil }
        guard rest.hasPrefix(":"), rest.utf8.count > 1, let port = UInt16(port: rest.dropFirst()) else {
            throw Endpoint.ParseError(text, "expected a port from 0 to 65535 behind the host, not \"\(rest)\"")
        }
        return Int(port)
    }

    private static func resource(
        _ rest: Substring,
        _ scheme: Endpoint.Scheme,
        of text: String
    ) throws(Endpoint.ParseError) -> String? {
        if rest.contains("#") { throw Endpoint.ParseError(text, "a fragment is for browsers; leave it out") }
        if !scheme.isWebSocket {
            if rest.isEmpty || rest == "/" { return nil }
            throw Endpoint.ParseError(text, "only ws and wss have a path")
        }
        // It goes into a line of a request as it is.
        guard rest.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Endpoint.ParseError(text, "a path has visible ASCII only; write the rest with percent signs")
        }
        if rest.isEmpty { return nil }
        return rest.hasPrefix("/") ? String(rest) : "/\(rest)"
    }
}
