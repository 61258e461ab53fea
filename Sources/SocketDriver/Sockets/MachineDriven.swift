// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// A socket whose machine decides; what the machine says is done here.
protocol MachineDriven: DriverSocket {
    var driver: SocketDriver { get }
    var counters: SocketCounters { get }

    func resumeReading()
    func stopReading()
    /// Forgets what waits to be sent.
    func discardOutput()
    /// Gives up everything; the socket is not heard of again.
    func release()
}

extension MachineDriven {
    @inline(__always)
    func deliver(_ event: consuming SocketEvent) {
        driver.sink.receive(event, for: counters.owner, loop: lane.number)
    }

    func carryOut(_ actions: [SocketAction]) {
        for action in actions {
            switch action {
            case .adopt(let owner): counters.setOwner(owner)
            case .announceConnected(let detail): deliver(.connected(id, detail: detail, port: 0))
            case .announceFailure(let reason): deliver(.failed(id, reason: reason))
            case .announceClosed: deliver(.closed(id))
            case .refuse(let caller, let reason):
                driver.sink.receive(.failed(id, reason: reason), for: caller, loop: lane.number)
            case .resumeReading: resumeReading()
            case .stopReading: stopReading()
            case .discardOutput: discardOutput()
            case .release: release()
            }
        }
    }
}
