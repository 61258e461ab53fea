// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Whoever lends a thread to a ``Worker``: an event loop, mostly.
public protocol WorkerThread: AnyObject, Sendable {
    /// Arranges that ``Worker/run()`` is called on the thread in `delay` nanoseconds, 0 meaning as soon as it is free.
    /// Any thread may call.
    func wake(after delay: UInt64)

    /// Makes the thread notice a request left in the service it runs.
    func interrupt()
}
