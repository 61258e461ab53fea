// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// Makes a socket of a descriptor that belongs to somebody else, by way of a duplicate: closing the socket leaves the
/// original open.
enum DescriptorBinder {
    private static let refusal = "reach skynet socket number limit"

    static func bind(_ socket: StreamSocket, descriptor: Int32) {
        let copy = try? SystemCalls.duplicate(descriptor).get()
        socket.loop.run {
            guard let copy else { return socket.bindFailed(refusal) }
            adopt(socket, copy)
        }
    }

    private static func adopt(_ socket: StreamSocket, _ descriptor: Int32) {
        let isSocket = SystemCalls.isSocket(descriptor)
        let connection = SocketConnection(
            isSocket ? .socket(descriptor) : .file(descriptor),
            of: socket,
            reads: SystemCalls.isForReading(descriptor)
        )
        // The kernel refuses files, and devices such as /dev/null that are never not ready.
        guard socket.machine.phase != .closed, SystemCalls.stopBlocking(descriptor), connection.register() else {
            Glibc.close(descriptor)
            return socket.bindFailed(refusal)
        }
        socket.attach(connection)
        socket.bound()
    }
}
