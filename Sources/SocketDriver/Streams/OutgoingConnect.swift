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
    private var addresses: ArraySlice<SystemAddress>
    private var descriptor: Int32 = -1
    private var token: WatchToken?

    private init(_ socket: StreamSocket, _ addresses: [SystemAddress]) {
        self.socket = socket
        self.addresses = addresses[...]
    }

    /// Begins, from any thread. Names are looked up by threads that may wait for the resolver.
    static func begin(_ socket: StreamSocket, host: String, port: Int) {
        if let address = SystemAddress(numeric: host, port: port) {
            socket.loop.run { OutgoingConnect(socket, [address]).attempt(failure: "Unknown error") }
            return
        }
        NIOSingletons.posixBlockingThreadPool.submit { _ in
            let result = Result { () throws(NameResolver.Failure) in
                try NameResolver.addresses(host: host, port: port, type: Int32(SOCK_STREAM.rawValue))
            }
            socket.loop.run {
                switch result {
                case .success(let addresses): OutgoingConnect(socket, addresses).attempt(failure: "Unknown error")
                case .failure(let failure): socket.connectFailed(failure.text)
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
        let connection = SocketConnection(descriptor, of: socket)
        connection.register(replacing: token)
        socket.attach(connection)
        socket.connected(to: SystemAddress(peerOf: descriptor))
        let rest = readiness.subtracting(.writable)
        if !rest.isEmpty { connection.ready(rest) }
    }

    private func abandon(_ reason: String) {
        if let token = token.take() { socket.loop.unwatch(token, descriptor) }
        Glibc.close(descriptor)
        socket.driver.backoff.descriptorClosed()
        attempt(failure: reason)
    }
}
