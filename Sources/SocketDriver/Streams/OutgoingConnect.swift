// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Brings an outgoing connection about: resolves its host and tries the addresses one after the other.
///
/// For the holder of the socket's loop, once its host has been looked up.
final class OutgoingConnect: Watcher, @unchecked Sendable {
    private let socket: StreamSocket
    private let transport: Transport
    private var addresses: ArraySlice<SystemAddress>
    private var descriptor: Int32 = -1
    private var token: WatchToken?

    private init(_ socket: StreamSocket, _ transport: Transport, _ addresses: [SystemAddress]) {
        self.socket = socket
        self.transport = transport
        self.addresses = addresses[...]
    }

    /// Begins, from any thread. Names are looked up by threads that may wait for the resolver.
    static func begin(_ socket: StreamSocket, to endpoint: Endpoint, by transport: Transport) {
        if let address = SystemAddress(numeric: endpoint) {
            socket.loop.run { OutgoingConnect(socket, transport, [address]).attempt(failure: "Unknown error") }
            return
        }
        NIOSingletons.posixBlockingThreadPool.submit { _ in
            let result = Result { () throws(SocketError) in try SystemAddress.resolve(endpoint) }
            socket.loop.run {
                switch result {
                case .success(let addresses):
                    OutgoingConnect(socket, transport, addresses).attempt(failure: "Unknown error")
                case .failure(let failure): socket.connectFailed(failure.description)
                }
            }
        }
    }

    /// Tries the next address; `failure` is what is told when there is none left.
    private func attempt(failure: String) {
        // A service may have closed the socket meanwhile.
        guard socket.machine.phase != .closed else { return }
        guard let address = addresses.popFirst() else {
            socket.connectFailed(failure)
            return
        }
        switch SystemCalls.beginConnecting(to: address) {
        case .failure(let error): attempt(failure: error.text)
        case .success(let descriptor):
            self.descriptor = descriptor
            token = socket.loop.watch(descriptor, self)
            guard let token else { return abandon(SystemError(errno).text) }
            socket.loop.watchWritable(token, descriptor)
        }
    }

    func ready(_ readiness: Readiness) {
        guard !readiness.isDisjoint(with: [.writable, .hungUp, .failed]), let token else { return }
        if let error = SystemCalls.pendingError(descriptor) { return abandon(error.text) }
        self.token = nil
        if transport.steps.isEmpty {
            let connection = SocketConnection(.socket(descriptor), of: socket)
            connection.register(replacing: token)
            connected(connection, SystemAddress(peerOf: descriptor))
            let rest = readiness.subtracting(.writable)
            if !rest.isEmpty { connection.ready(rest) }
        } else {
            socket.loop.unwatch(token, descriptor)
            beginHandshake()
        }
    }

    private func beginHandshake() {
        guard let peer = SystemAddress(peerOf: descriptor) else { return abandon(SystemError(errno).text) }
        PendingConnection(descriptor, from: peer, by: transport, on: socket.loop).begin { [self] outcome in
            switch outcome {
            case .success(let ready):
                socket.setFacts(peer: peer, ready.facts)
                if let connection = ready.makeConnection(for: socket) {
                    connected(connection, peer)
                } else {
                    socket.connectFailed(SystemError(errno).text)
                }
            case .failure(let refusal):
                socket.driver.backoff.descriptorClosed()
                socket.connectFailed(refusal.description)
            }
        }
    }

    private func connected(_ connection: any Connection, _ peer: SystemAddress?) {
        socket.attach(connection)
        socket.connected(to: peer)
    }

    private func abandon(_ reason: String) {
        if let token = token.take() { socket.loop.unwatch(token, descriptor) }
        Glibc.close(descriptor)
        socket.driver.backoff.descriptorClosed()
        attempt(failure: reason)
    }
}
