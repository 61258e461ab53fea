// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaServices
import ServiceKernel
import Synchronization

/// How a node comes to its end: why, and how far it has got.
final class NodeEnd: Sendable {
    /// The node is to end.
    let asked = OneShotEvent()
    /// No service is left.
    let emptied = OneShotEvent()

    private let first = Mutex<NodeStop?>(nil)
    private let watched = Mutex<(host: LuaHost, threads: LoopThreads)?>(nil)

    var host: LuaHost? { watched.withLock { $0?.host } }
    var threads: LoopThreads? { watched.withLock { $0?.threads } }

    func watch(_ host: LuaHost, _ threads: LoopThreads) { watched.withLock { $0 = (host, threads) } }

    /// Why the node ended, if it did not mean to.
    var failure: String? { first.withLock { $0?.failure } }

    /// The node is to end for this reason, unless it is ending for another one already.
    func ask(_ stop: NodeStop) {
        let isFirst = first.withLock { first in
            if first != nil { return false }
            first = stop
            return true
        }
        guard isFirst else { return }
        host?.log("swiftgate stops: \(stop.reason)", as: .none)
        asked.signal()
    }

    /// The last service has gone, and the log service with it: there is nobody left to tell.
    func becomeEmpty() {
        emptied.signal()
        asked.signal()
    }
}
