// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import ServiceKernel
internal import SocketDriver
internal import Synchronization

/// Writes what an operator should know of sockets into the node's log.
final class SocketLog: SocketObserver {
    /// What strangers cause is told once a while, and how often it happened.
    private struct Refusals: Sendable {
        var count = 0
        var toldAt: UInt64 = 0
    }

    private struct Source: Hashable, Sendable {
        let listener: SocketID
        let kind: HandshakeRefusal.Kind
    }

    private let write: @Sendable (String) -> Void
    private let refusals = Mutex<[Source: Refusals]>([:])

    /// Nanoseconds between two lines of one listener about one kind of refusal.
    private static let pause: UInt64 = 10_000_000_000

    init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }

    func noticed(_ notice: SocketNotice) { write(notice.description) }

    func refused(by listener: SocketID, at endpoint: Endpoint, _ refusal: HandshakeRefusal) {
        let now = KernelClock.nanoseconds
        let count = refusals.withLock { refusals -> Int? in
            var entry = refusals[Source(listener: listener, kind: refusal.kind), default: Refusals()]
            entry.count += 1
            let isDue = entry.toldAt == 0 || now - entry.toldAt >= Self.pause
            let count = entry.count
            if isDue { entry = Refusals(count: 0, toldAt: now) }
            refusals[Source(listener: listener, kind: refusal.kind)] = entry
            return isDue ? count : nil
        }
        guard let count else { return }
        let others = count > 1 ? ", and \(count - 1) others since the last line like this" : ""
        let kind = refusal.kind.rawValue
        write("socket-server: \(endpoint) (fd \(listener)) refused a client (\(kind)): \(refusal)\(others)")
    }

    func closed(_ id: SocketID, _ reason: SocketEnd, _ totals: SocketTotals) {
        refusals.withLock { refusals in
            if !refusals.isEmpty { refusals = refusals.filter { $0.key.listener != id } }
        }
    }
}
