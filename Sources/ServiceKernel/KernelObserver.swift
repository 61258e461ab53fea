// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Sees what is remarkable in a kernel. Calls come from any thread and must not block.
public protocol KernelObserver: Sendable {
    /// More messages wait than ever since the mailbox was last empty.
    func mailboxOverloaded(_ handle: ServiceHandle, waiting: Int)

    /// A mailbox of which senders were told that it is full has been taken over by its service.
    func mailboxHasRoom(_ handle: ServiceHandle)

    /// A message has been in hand for more than five seconds; said again every five seconds.
    func messageEndless(from source: ServiceHandle, to handle: ServiceHandle, version: Int)

    /// A message has no reader any more; this is the last that is seen of it.
    func messageDropped(_ message: consuming Message)

    /// The last service is gone.
    func kernelEmptied()
}
