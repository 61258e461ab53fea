// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// Brings an outgoing connection about: resolves its host and tries the addresses one after the other.
enum StreamConnector {
    static func connect(_ socket: StreamSocket, host: String, port: Int) {
        if let address = SystemAddress(numeric: host, port: port) {
            socket.lane.run { attempt(socket, [address]) }
            return
        }
        NIOSingletons.posixBlockingThreadPool.submit { _ in
            let result = Result { () throws(NameResolver.Failure) in
                try NameResolver.addresses(host: host, port: port, type: Int32(SOCK_STREAM.rawValue))
            }
            socket.lane.run { resolved(socket, result) }
        }
    }

    private static func resolved(_ socket: StreamSocket, _ result: Result<[SystemAddress], NameResolver.Failure>) {
        switch result {
        case .success(let addresses): attempt(socket, addresses[...])
        case .failure(let failure): socket.connectFailed(failure.text)
        }
    }

    private static func attempt(_ socket: StreamSocket, _ addresses: ArraySlice<SystemAddress>) {
        // A service may have closed the socket while its host was looked up.
        guard socket.machine.phase != .closed else { return }
        guard let address = addresses.first?.nioAddress else {
            socket.connectFailed("Unknown error")
            return
        }
        let others = addresses.dropFirst()
        bootstrap(socket).connect(to: address).whenFailure { error in
            if others.isEmpty { socket.connectFailed(StreamSocket.text(of: error)) } else { attempt(socket, others) }
        }
    }

    private static func bootstrap(_ socket: StreamSocket) -> ClientBootstrap {
        ClientBootstrap(group: socket.lane.eventLoop)
            // The kernel's own patience ends a connect; NIO insists on having one too.
            .connectTimeout(.hours(24))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try socket.configure(channel) }
            }
    }
}
