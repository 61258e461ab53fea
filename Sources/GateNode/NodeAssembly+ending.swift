// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import LuaServices
import Observability
import ServiceKernel
import SocketDriver

/// The end of a node: nothing is lost that its clients and its log would still take.
extension NodeAssembly {
    /// How long services that have been told of the end of their clients may be at it.
    private static let settleTime = Duration.seconds(1)
    /// How long the log may take for its last lines.
    private static let logTimeout = Duration.seconds(2)
    /// Between two checks of what cannot be awaited.
    private static let pollInterval = Duration.milliseconds(5)

    /// Stops accepting and closes the connections of clients: their owners are told while they still run, and what was
    /// sent still leaves, both within the grace time. Then ends all services but the log service, and what those have
    /// sent leaves as well.
    func drain() async {
        let deadline = ContinuousClock.now + configuration.shutdownGrace
        sockets.drain(.clients)
        await wait(until: deadline) { self.sockets.unsent(.clients).sockets == 0 }
        await wait(until: min(deadline, .now + Self.settleTime)) { !self.kernel.isAwake }
        host.retireOthers()
        sockets.drain(.all)
        await wait(until: deadline) { self.sockets.unsent(.all).sockets == 0 }
        tellLosses()
    }

    private func tellLosses() {
        let lost = sockets.unsent(.all)
        guard lost.bytes > 0 else { return }
        let peers = lost.sockets == 1 ? "1 client" : "\(lost.sockets) clients"
        let seconds = Double(configuration.shutdownGrace / .milliseconds(1)) / 1000
        host.log(
            "swiftgate: \(peers) did not read in time, \(lost.bytes) bytes were not sent (shutdown_grace = \(seconds))",
            as: .none
        )
    }

    private func wait(until deadline: ContinuousClock.Instant, _ isDone: () -> Bool) async {
        while !isDone(), ContinuousClock.now < deadline { try? await Task.sleep(for: Self.pollInterval) }
    }

    /// Ends what is left: the log service last, and its writer.
    func dismantle() async {
        let isBlocked = await isBlocked()
        host.retireAll()
        _ = await end.emptied.wait(within: isBlocked ? Self.settleTime : .seconds(1 << 30))
        await sockets.shutdownAll()
        monitorThread.stop()
        await finishLogs()
        await threads.stop()
    }

    /// Waits for services whose turns block their threads; answers whether the node has to end without them, which it
    /// has then told.
    private func isBlocked() async -> Bool {
        host.retireOthers()
        await wait(until: .now + configuration.shutdownGrace) { self.threads.blockedServices.isEmpty }
        let blocked = threads.blockedServices.map { AddressText.padded($0) }
        if blocked.isEmpty { return false }
        host.log("swiftgate: ends without waiting for what blocks \(blocked.joined(separator: ", "))", as: .none)
        return true
    }

    private func finishLogs() async {
        let deadline = ContinuousClock.now + Self.logTimeout
        for writer in logs.all {
            let ended = OneShotEvent()
            writer.whenEnded { ended.signal() }
            _ = await ended.wait(within: max(.zero, deadline - .now))
            if writer.unwritten > 0 {
                StandardError.say("swiftgate: \(writer.unwritten) lines could not be written to \(writer.name)")
            }
        }
    }
}
