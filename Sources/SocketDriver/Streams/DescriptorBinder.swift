// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import NIOCore
import NIOPosix

/// Makes a socket of a descriptor that belongs to somebody else, by way of a duplicate: closing the socket leaves the
/// original open.
enum DescriptorBinder {
    private static let refusal = "reach skynet socket number limit"

    static func bind(_ socket: StreamSocket, descriptor: Int32) {
        guard let copy = try? SystemCalls.duplicate(descriptor).get() else {
            socket.lane.run { refuse(socket) }
            return
        }
        guard SystemCalls.canBeWatched(copy) else {
            Glibc.close(copy)
            socket.lane.run { refuse(socket) }
            return
        }
        socket.lane.run { adopt(socket, copy) }
    }

    private static func refuse(_ socket: StreamSocket) {
        socket.bindFailed(refusal)
    }

    private static func adopt(_ socket: StreamSocket, _ descriptor: Int32) {
        guard socket.machine.phase != .closed else {
            Glibc.close(descriptor)
            return
        }
        let bootstrap = NIOPipeBootstrap(group: socket.lane.eventLoop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try socket.configure(channel) }
        }
        let access = SystemCalls.access(of: descriptor)
        let channel =
            switch (access.reads, access.writes) {
            case (true, true): bootstrap.takingOwnershipOfDescriptor(inputOutput: descriptor)
            case (false, _): bootstrap.takingOwnershipOfDescriptor(output: descriptor)
            case (true, false): bootstrap.takingOwnershipOfDescriptor(input: descriptor)
            }
        channel.whenFailure { _ in
            Glibc.close(descriptor)
            refuse(socket)
        }
    }
}
