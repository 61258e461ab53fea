// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaServices
import ServiceKernel
import SocketDriver

/// Where sockets meet services: an event of a socket becomes a message to its owner, on the thread of its loop.
final class SocketBridge: SocketEventSink {
    private unowned let kernel: Kernel

    init(kernel: Kernel) { self.kernel = kernel }

    var tailRoom: Int { SocketMessage.tailRoom }

    func receive(_ event: consuming SocketEvent, for owner: SocketOwner, loop: Int) -> Bool {
        let message = SocketMessage.message(of: event)
        let handle = ServiceHandle(rawValue: owner)
        return kernel.deliver(message, to: handle, from: kernel.workers[loop]) != .deliveredToFull
    }

    func isFull(_ owner: SocketOwner) -> Bool { kernel.isFull(ServiceHandle(rawValue: owner)) }

    var isBehind: Bool { kernel.isOverloaded }
}
