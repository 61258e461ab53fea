// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore

/// How a socket that a service closes leaves its peer.
///
/// A kernel that closes a connection with unread input resets it, and the reset overtakes what was sent last: the answer
/// to a request whose body nobody wanted would be lost. Such a socket ends only its sending side; what still comes in is
/// thrown away until the peer is done, or for a second.
extension StreamSocket {
    private static var patience: TimeAmount { .seconds(1) }

    /// Notes that a service closes the socket, before the machine knows.
    func noteClosing() {
        mayOweInput = machine.phase == .open && (!machine.isReading || hasHeldBackInput)
        leavesInOrder = machine.phase == .open
    }

    /// Closes the channel of a socket that has been given up.
    func leave(_ context: ChannelHandlerContext) {
        guard leavesInOrder, descriptor >= 0, !driver.channels.isClosing,
            mayOweInput || SystemCalls.hasInput(descriptor),
            SystemCalls.finishSending(descriptor)
        else {
            context.close(promise: nil)
            return
        }
        isLingering = true
        resumeReading()
        lane.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) { self.endLingering() }
    }

    /// The peer is done, or has had its time.
    func endLingering() {
        guard isLingering else { return }
        isLingering = false
        context?.close(promise: nil)
    }
}
