// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

/// Datagrams, names and adopted descriptors: the less travelled part of the face.
extension SocketDriver {
    // MARK: Datagrams

    /// Makes a UDP socket that reads at once: unbound without a host (a port alone is ignored), else bound to it.
    /// The corresponding Lua function is `socketdriver.udp`.
    public func udp(host: String?, port: Int, owner: SocketOwner) throws(SocketError) -> SocketID {
        try refuseAfterShutdown()
        guard let host else { return try open(unbound: .v4, owner: owner, destination: nil) }
        return try open(boundTo: try datagramAddress(host: host, port: port), owner: owner)
    }

    /// Makes a UDP socket bound to a port that must not be 0.
    /// The corresponding Lua function is `socketdriver.udp_listen`.
    public func udpListen(host: String, port: Int, owner: SocketOwner) throws(SocketError) -> SocketID {
        try refuseAfterShutdown()
        guard port != 0 else { throw SocketError("the port must not be 0") }
        return try open(boundTo: try datagramAddress(host: host, port: port), owner: owner)
    }

    /// Makes a UDP socket with a default destination. The corresponding Lua function is `socketdriver.udp_dial`.
    public func udpDial(host: String, port: Int, owner: SocketOwner) throws(SocketError) -> SocketID {
        try refuseAfterShutdown()
        let address = try datagramAddress(host: host, port: port)
        return try open(unbound: address.packed?.family ?? .v4, owner: owner, destination: address)
    }

    /// Sets the default destination of a UDP socket; anything else is left alone.
    /// The corresponding Lua function is `socketdriver.udp_connect`.
    public func udpConnect(_ id: SocketID, host: String, port: Int) throws(SocketError) {
        let address = try datagramAddress(host: host, port: port)
        (find(id) as? DatagramSocket)?.setDestination(address)
    }

    /// Sends one datagram to a packed address; false for an unknown socket and for an address of another family.
    /// The corresponding Lua function is `socketdriver.udp_send`.
    @discardableResult
    public func udpSend(_ id: SocketID, to packed: UnsafeRawBufferPointer, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let socket = find(id) as? DatagramSocket, let address = PackedAddress(packed: packed) else {
            return false
        }
        return socket.send(bytes, to: address)
    }

    private func datagramAddress(host: String, port: Int) throws(SocketError) -> SystemAddress {
        let host = host.isEmpty ? "0.0.0.0" : host
        if let numeric = SystemAddress(numeric: host, port: port) { return numeric }
        do {
            let type = Int32(SOCK_DGRAM.rawValue)
            if let first = try NameResolver.addresses(host: host, port: port, type: type).first { return first }
        } catch {
            throw SocketError(error.text)
        }
        throw SocketError("the host has no address")
    }

    private func open(boundTo address: SystemAddress, owner: SocketOwner) throws(SocketError) -> SocketID {
        let descriptor = try granted(SystemCalls.boundSocket(address, type: SOCK_DGRAM))
        return try open(descriptor, address.packed?.family ?? .v4, owner: owner, destination: nil)
    }

    private func open(
        unbound family: PackedAddress.Family,
        owner: SocketOwner,
        destination: SystemAddress?
    ) throws(SocketError) -> SocketID {
        let descriptor = try granted(SystemCalls.datagramSocket(family: family == .v4 ? AF_INET : AF_INET6))
        return try open(descriptor, family, owner: owner, destination: destination)
    }

    private func open(
        _ descriptor: Int32,
        _ family: PackedAddress.Family,
        owner: SocketOwner,
        destination: SystemAddress?
    ) throws(SocketError) -> SocketID {
        let loop = takeLoop()
        let socket = register { id in
            DatagramSocket(
                id: id,
                loop: loop,
                driver: self,
                owner: owner,
                descriptor: descriptor,
                family: family,
                destination: destination
            )
        }
        socket.register()
        return socket.id
    }

    private func granted(_ result: Result<Int32, SystemError>) throws(SocketError) -> Int32 {
        switch result {
        case .success(let descriptor): return descriptor
        case .failure(let error): throw SocketError(error.text)
        }
    }

    // MARK: Names

    /// The addresses of a host in numbers, as the resolver lists them, duplicates included. Waits for the resolver.
    /// The corresponding Lua function is `socketdriver.resolve`.
    public func resolve(host: String) throws(SocketError) -> [String] {
        do {
            return try NameResolver.addresses(host: host, port: nil, type: 0).map(\.host)
        } catch {
            throw SocketError(error.text)
        }
    }

    // MARK: Descriptors of others

    /// Reads and writes a descriptor of somebody else, who keeps it: `close` only stops watching it.
    /// The corresponding Lua function is `socketdriver.bind`.
    public func bind(descriptor: Int32, owner: SocketOwner) -> SocketID {
        guard !open.isClosing else { return -1 }
        let loop = takeLoop()
        let socket = register { StreamSocket(id: $0, loop: loop, driver: self, owner: owner, phase: .bound) }
        DescriptorBinder.bind(socket, descriptor: descriptor)
        return socket.id
    }
}
