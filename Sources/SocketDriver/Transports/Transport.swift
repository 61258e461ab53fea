// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
internal import NIOCore

/// How the streams of a listener are carried: the one way from an accepted descriptor to a ``Connection``.
///
/// A stream socket never sees the descriptor, so what a transport does to its bytes cannot be left out.
protocol Transport: Sendable {
    /// Takes over a connected descriptor that does not block, on the loop of the socket. Nil when it comes to nothing:
    /// the descriptor is closed then, and the socket has been told.
    func makeConnection(_ descriptor: Int32, for socket: StreamSocket) -> (any Connection)?
}

/// The bytes as they are.
struct PlainTransport: Transport {
    func makeConnection(_ descriptor: Int32, for socket: StreamSocket) -> (any Connection)? {
        let connection = SocketConnection(descriptor, of: socket)
        // The kernel refuses only when its own memory or the limit of watches is exhausted.
        guard connection.register() else {
            connection.abandon()
            return nil
        }
        return connection
    }
}

/// Through NIO's protocol handlers, which turn what comes in into whole messages and messages into what goes out.
struct PipelineTransport: Transport {
    /// Adds handlers to a new channel, on its loop. What the last one hands on, and what it takes, is a `ByteBuffer` for
    /// each message.
    let configure: @Sendable (any Channel) throws -> Void

    func makeConnection(_ descriptor: Int32, for socket: StreamSocket) -> (any Connection)? {
        let channel = SocketChannel(descriptor, on: socket.loop)
        let connection = PipelineConnection(channel, of: socket)
        do {
            try configure(channel)
            try connection.open()
            return connection
        } catch {
            connection.close(inOrder: false)
            socket.learn(.readFailed(PipelineConnection.text(of: error)))
            socket.learn(.hungUp)
            return nil
        }
    }
}
