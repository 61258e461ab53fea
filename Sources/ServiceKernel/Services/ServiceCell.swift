// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import DequeModule
internal import Synchronization

/// A service as the kernel keeps it: its mailbox, and what the thread that runs it needs.
///
/// Unchecked: `batch`, `gauge`, `messages` and the times belong to whoever runs the service, which ``MailboxState``
/// makes one thread at a time, with the mailbox's lock as the barrier between two of them. The rest is atomic or locked.
final class ServiceCell: @unchecked Sendable {
    /// What other threads may touch.
    struct Mailbox: ~Copyable {
        var state = MailboxState()
        var inbox = UniqueDeque<Message>()
        /// What the inbox holds, in bytes.
        var bytes = 0
        /// Somebody was told that there is too much in it, and waits to hear that there is room.
        var isFull = false
        var tap: (any MessageTap)?

        /// So much may wait before those who can are asked to hold back, in messages and bytes. The bytes are few because
        /// they may be packets of two bytes each, which keep a gate busy for a quarter of a second per MiB.
        private static let mostMessages = 4096
        private static let mostBytes = 128 << 10

        /// Answers whether the sender should hold back.
        @inline(__always)
        mutating func append(_ message: consuming Message) -> Bool {
            bytes &+= message.payload.count
            inbox.append(message)
            if inbox.count >= Self.mostMessages || bytes >= Self.mostBytes { isFull = true }
            return isFull
        }
    }

    /// What a refill came to.
    enum Refill { case nothing, some, someAfterTooMuch }

    let handle: ServiceHandle
    let mailbox = Mutex(Mailbox())
    /// The source of the message in hand, for reports about it.
    let currentSource = Atomic<UInt32>(0)
    /// Set by the monitor when a message takes for ever, taken by the service's own query.
    let isEndless = Atomic<Bool>(false)
    /// Tells the runner between two messages that there is to be no further one.
    let isRetired = Atomic<Bool>(false)
    /// Whether its turns are taken to block their thread.
    let blocking = BlockingMark()

    // Set once, before the address is known to anybody.
    private(set) var service: (any Service)!

    // The runner's own.
    var batch = UniqueDeque<Message>()
    var tap: (any MessageTap)?
    var gauge = OverloadGauge()
    var isSuspended = false
    var messages = 0
    var spentNanoseconds: UInt64 = 0
    var turnBegan: UInt64 = 0

    init(handle: ServiceHandle) { self.handle = handle }

    func complete(_ service: any Service) { self.service = service }

    /// Whether the next message is to be handled.
    var reads: Bool { !isRetired.load(ordering: .relaxed) || service.readsToTheEnd }

    /// Messages waiting, without the one in hand. For the runner.
    var waiting: Int { batch.count + mailbox.withLock { $0.inbox.count } }

    /// Which message of which service is in hand: the count of messages above the handle.
    var progress: UInt64 { UInt64(UInt32(truncatingIfNeeded: messages)) << 32 | UInt64(handle.rawValue) }

    /// Takes everything that waits.
    func refill() -> Refill {
        mailbox.withLock { mailbox in
            tap = mailbox.tap
            if mailbox.inbox.isEmpty { return .nothing }
            swap(&batch, &mailbox.inbox)
            mailbox.bytes = 0
            return exchange(&mailbox.isFull, with: false) ? .someAfterTooMuch : .some
        }
    }
}

/// Sees the messages of one service before it does.
public protocol MessageTap: AnyObject, Sendable {
    func message(_ message: borrowing Message)
}
