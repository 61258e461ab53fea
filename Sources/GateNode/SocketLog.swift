// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import SocketDriver

/// Writes what an operator should know of sockets into the node's log.
struct SocketLog: SocketObserver {
    let write: @Sendable (String) -> Void

    func noticed(_ notice: SocketNotice) { write(notice.description) }
}
