// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

/// Turns host names into addresses, waiting as long as the system's resolver does.
enum NameResolver {
    /// The resolver's own words for a failure.
    struct Failure: Error {
        let text: String
    }

    /// All addresses of a host, in the resolver's order. With `type` 0 each address comes once per kind of socket.
    static func addresses(
        host: String,
        port: Int?,
        type: Int32
    ) throws(Failure) -> [SystemAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = type
        var first: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, port.map(String.init), &hints, &first)
        guard status == 0 else { throw Failure(text: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(first) }
        var found: [SystemAddress] = []
        var next = first
        while let entry = next?.pointee {
            if let address = entry.ai_addr { found.append(SystemAddress(address, length: entry.ai_addrlen)) }
            next = entry.ai_next
        }
        return found
    }
}

extension SystemAddress {
    /// All addresses of an endpoint, in the resolver's order; at least one. Waits for the resolver when it has a name.
    static func resolve(_ endpoint: Endpoint) throws(SocketError) -> [SystemAddress] {
        if let numeric = SystemAddress(numeric: endpoint) { return [numeric] }
        if endpoint.scheme == .unix { throw SocketError("the path of a socket has 1 to \(longestPath) bytes") }
        let found: [SystemAddress]
        do throws(NameResolver.Failure) {
            found = try NameResolver.addresses(
                host: endpoint.host,
                port: endpoint.port,
                type: Int32(SOCK_STREAM.rawValue)
            )
        } catch {
            throw SocketError(error.text)
        }
        if found.isEmpty { throw SocketError("the host has no address") }
        return found
    }
}
