// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// Nobody is read faster than he is served: a socket whose bytes somebody has too much of waits until he has room.
extension SocketDriver {
    /// Stops reading a stream socket until ``ownerHasRoom(_:)`` is called for `reader`, who need not be its owner: an
    /// agent to whom a gate passes packets on, for instance. From any thread; anything but a stream is left alone.
    public func holdBack(_ id: SocketID, for reader: SocketOwner) {
        guard let socket = find(id) as? StreamSocket else { return }
        socket.loop.run { self.holdBack(socket, for: reader) }
    }

    /// On the loop of the socket.
    func holdBack(_ socket: StreamSocket, for reader: SocketOwner) {
        guard socket.holdBack() else { return }
        heldBack.withLock { $0[reader, default: []].append(socket) }
        // It may have found room before it could know that somebody waits for it.
        if !sink.isFull(reader) { ownerHasRoom(reader) }
    }

    /// Reads on for somebody who has caught up. From any thread.
    public func ownerHasRoom(_ reader: SocketOwner) {
        guard let sockets = heldBack.withLock({ $0.removeValue(forKey: reader) }) else { return }
        for loop in loops {
            let mine = loops.count == 1 ? sockets : sockets.filter { $0.loop === loop }
            if !mine.isEmpty { loop.run { for socket in mine { socket.readOn() } } }
        }
    }
}

extension StreamSocket {
    /// False when the socket is held back already, or has ended.
    fileprivate func holdBack() -> Bool {
        guard !isHeldBack, machine.phase != .closed else { return false }
        isHeldBack = true
        if machine.isReading { stopReading() }
        return true
    }

    fileprivate func readOn() {
        isHeldBack = false
        if machine.isReading { resumeReading() }
    }
}
