// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// What has not left yet of what was sent.
public struct UnsentOutput: Equatable, Sendable {
    /// Sockets that still exist.
    public var sockets: Int
    /// Bytes that they would still send.
    public var bytes: Int
}

/// The end of a node: sockets are closed so that nothing is lost which their peers would still take.
extension SocketDriver {
    /// Which sockets are meant.
    public enum DrainScope: Sendable {
        /// Listeners, and the connections they accepted.
        case clients
        case all
    }

    /// Closes sockets as `close` does: their owners are told, and what was sent still leaves. Connections last until
    /// their peers' systems have everything, so that nothing a peer says meanwhile breaks them.
    public func drain(_ scope: DrainScope) {
        for socket in sockets(of: scope) { socket.loop.post(.drain, to: socket) }
        tellDisconnects()
    }

    /// What the sockets that are being drained still have to send; no sockets once all of them are done.
    public func unsent(_ scope: DrainScope) -> UnsentOutput {
        let left = sockets(of: scope)
        let bytes = left.reduce(0) { $0 + $1.bytesWaiting }
        return UnsentOutput(sockets: left.count, bytes: bytes)
    }

    private func sockets(of scope: DrainScope) -> [any DriverSocket] {
        switch scope {
        case .clients: all.filter(\.isClient)
        case .all: all
        }
    }
}

extension StreamSocket {
    /// Nanoseconds between two looks at what the peer's system has acknowledged, which tells nobody.
    private static var deliveryPause: UInt64 { 10_000_000 }

    /// Ends a socket that is drained when its peer's system has everything.
    func watchDelivery() {
        guard machine.awaitsDelivery, machine.phase == .draining else { return }
        loop.schedule(after: Self.deliveryPause) {
            if self.hasOutput { self.watchDelivery() } else { self.apply(self.machine.delivered()) }
        }
    }

    /// Whether something that was sent is not with the peer's system.
    var hasOutput: Bool { output.withLock { !$0.isEmpty || $0.connection.map { $0.undelivered > 0 } ?? false } }
}
