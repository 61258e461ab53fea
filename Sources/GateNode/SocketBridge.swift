// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import LuaServices
import ServiceKernel
import SocketDriver
import Synchronization

/// Where sockets meet services: an event of a socket becomes a message to its owner, on the thread of its loop.
final class SocketBridge: SocketEventSink {
    private unowned let kernel: Kernel

    init(kernel: Kernel) { self.kernel = kernel }

    func receive(_ event: consuming SocketEvent, for owner: SocketOwner, loop: Int) -> Bool {
        var bytes = 0
        let message = Message(type: .socket, source: .none, session: 0, payload: Self.encode(event, &bytes))
        let handle = ServiceHandle(rawValue: owner)
        return kernel.deliver(message, bytes: bytes, to: handle, from: kernel.workers[loop]) != .deliveredToFull
    }

    func isFull(_ owner: SocketOwner) -> Bool { kernel.isFull(ServiceHandle(rawValue: owner)) }

    var isBehind: Bool { kernel.isOverloaded }

    /// - Parameter bytes: how much the event keeps in memory while it waits.
    private static func encode(_ event: consuming SocketEvent, _ bytes: inout Int) -> MemoryBlock {
        switch consume event {
        case .data(let id, let block):
            bytes = block.count
            return SocketMessage.encode(.data, id: id, detail: Int32(bytes), block: block)
        case .connected(let id, let text, let port):
            return SocketMessage.encode(.connect, id: id, detail: port, text: text)
        case .closed(let id):
            return SocketMessage.encode(.close, id: id)
        case .accepted(let listener, let id, let address):
            return SocketMessage.encode(.accept, id: listener, detail: id, text: address)
        case .failed(let id, let reason):
            return SocketMessage.encode(.error, id: id, text: reason)
        case .datagram(let id, let block, let count):
            bytes = block.count
            return SocketMessage.encode(.udp, id: id, detail: count, block: block)
        case .warning(let id, let kibibytes):
            return SocketMessage.encode(.warning, id: id, detail: kibibytes)
        }
    }
}
