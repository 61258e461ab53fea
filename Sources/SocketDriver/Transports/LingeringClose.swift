// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// The last second of a connection whose peer sends on.
///
/// A kernel that closes a connection with unread input resets it, and the reset overtakes what was sent last: the answer
/// to a request whose body nobody wanted would be lost. So only the sending side is ended; what still comes in is thrown
/// away until the peer is done, or for a second. For the holder of the loop.
final class LingeringClose: Watcher {
    private let descriptor: Int32
    private var token: WatchToken?
    private let loop: SocketLoop
    private let whenClosed: () -> Void

    /// The most bytes thrown away before others have their turn.
    private static let budget = 128 << 10
    /// Nanoseconds.
    private static let timeLimit: UInt64 = 1_000_000_000

    private init(_ descriptor: Int32, _ token: WatchToken, _ loop: SocketLoop, whenClosed: @escaping () -> Void) {
        self.descriptor = descriptor
        self.token = token
        self.loop = loop
        self.whenClosed = whenClosed
    }

    /// Takes the descriptor and its place in the loop over; false, and nothing is taken, when there is no peer any more.
    static func begin(
        _ descriptor: Int32,
        _ token: WatchToken,
        on loop: SocketLoop,
        whenClosed: @escaping () -> Void
    ) -> Bool {
        guard SystemCalls.finishSending(descriptor) else { return false }
        let end = LingeringClose(descriptor, token, loop, whenClosed: whenClosed)
        loop.replace(token, with: end)
        end.discardInput()
        loop.schedule(after: timeLimit) { end.finish() }
        return true
    }

    func ready(_ readiness: Readiness) { discardInput() }

    private func discardInput() {
        var budget = Self.budget
        while let token {
            if budget <= 0 { return loop.again(token) }
            switch SystemCalls.read(descriptor, loop.readBuffer) {
            case .read(let count): budget -= count
            case .nothing: return
            case .endOfStream, .failed: finish()
            }
        }
    }

    private func finish() {
        guard let token = token.take() else { return }
        loop.unwatch(token, descriptor)
        Glibc.close(descriptor)
        whenClosed()
    }
}
