// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore

/// What has not left yet of what was sent.
public struct UnsentOutput: Equatable, Sendable {
    /// Sockets that still exist.
    public var sockets: Int
    /// Bytes that they would still send.
    public var bytes: Int
}

extension StreamSocket {
    private static var deliveryPause: TimeAmount { .milliseconds(10) }

    /// Looks now and then whether the peer's system has everything: it tells nobody.
    func watchDelivery() {
        guard machine.isParting, machine.phase == .draining else { return }
        lane.eventLoop.assumeIsolated().scheduleTask(in: Self.deliveryPause) {
            if self.hasOutput || SystemCalls.undelivered(self.descriptor) > 0 {
                self.watchDelivery()
            } else {
                self.apply(self.machine.delivered())
            }
        }
    }
}

/// The end of a node: sockets are closed so that nothing is lost which their peers would still take.
extension SocketDriver {
    /// Which sockets are meant.
    public enum Circle: Sendable {
        /// Listeners, and the connections they accepted.
        case clients
        case all
    }

    /// Closes sockets as `close` does: their owners are told, and what was sent still leaves. Connections last until
    /// their peers' systems have everything, so that nothing a peer says meanwhile breaks them.
    public func part(with circle: Circle) {
        for socket in members(of: circle) { socket.lane.post(.part, to: socket) }
        tellPartings()
    }

    /// What the sockets that were parted with still have to send; no sockets once all of them are done.
    public func unsent(_ circle: Circle) -> UnsentOutput {
        let left = members(of: circle)
        return UnsentOutput(sockets: left.count, bytes: left.reduce(0) { $0 + $1.bytesWaiting })
    }

    private func members(of circle: Circle) -> [any DriverSocket] {
        switch circle {
        case .clients: all.filter(\.isClient)
        case .all: all
        }
    }
}
