// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Bytes of a message that can shrink from the front.
protocol OutboundBytes: Sendable {
    var count: Int { get }
    /// The first `count` bytes.
    func prefix(_ count: Int) -> Self
    mutating func removePrefix(_ count: Int)
}

/// The messages of one socket that the kernel would not take at once: their order, and the warnings they cause.
///
/// There is a high and a low list; low messages leave only while no high message waits. Messages are atomic: once the
/// first byte of one has left, the rest of it is next.
struct OutboundQueue<Bytes: OutboundBytes>: Sendable {
    /// Waiting bytes that earn the first warning.
    static var firstWarning: Int { 1 << 20 }

    private var high = MessageList<Bytes>()
    private var low = MessageList<Bytes>()
    /// The message that is next whatever else arrives.
    private var current: Bytes?
    /// False for the rest of a message that was tried at once: until the socket is writable again it does not count as
    /// waiting, neither for warnings nor for priorities.
    private var currentCounts = false
    /// The number of counted bytes that earns the next warning; 0 while none was given.
    private var threshold = 0
    /// The bytes that count as waiting.
    private(set) var waiting = 0

    /// Begins with what was left of a message that was sent while nothing waited.
    init(remainder: Bytes) {
        current = remainder.count > 0 ? remainder : nil
    }

    var isEmpty: Bool { current == nil && high.isEmpty && low.isEmpty }

    /// All bytes that have not left, counted or not.
    var unsent: Int { waiting + (currentCounts ? 0 : current?.count ?? 0) }

    /// Adds a message behind others; answers the KiB to warn about, if they are due.
    mutating func append(_ bytes: Bytes, priority: SendPriority) -> Int? {
        let nothingListed = high.isEmpty && low.isEmpty && !(current != nil && currentCounts)
        if priority == .high || nothingListed { high.append(bytes) } else { low.append(bytes) }
        waiting += bytes.count
        guard waiting >= Self.firstWarning, waiting >= threshold else { return nil }
        threshold = threshold == 0 ? Self.firstWarning * 2 : threshold * 2
        return (waiting + 1023) / 1024
    }

    /// The socket takes bytes again: the remainder becomes an ordinary message.
    mutating func becameWritable() {
        guard let current, !currentCounts else { return }
        currentCounts = true
        waiting += current.count
    }

    /// Shows what is next, in order, until `limit` bytes have been seen; the last piece may exceed it.
    func visit(upTo limit: Int, _ body: (Bytes) -> Void) {
        var seen = current?.count ?? 0
        if let current { body(current) }
        for list in [high, low] where seen < limit {
            list.visit { message in
                body(message)
                seen += message.count
                return seen < limit
            }
        }
    }

    /// Forgets `count` bytes that have left, in the order of `visit`.
    mutating func advance(by count: Int) {
        var left = count
        while left > 0, var message = takeNext() {
            let gone = min(left, message.count)
            left -= gone
            if currentCounts { waiting -= gone }
            message.removePrefix(gone)
            current = message.count > 0 ? message : nil
        }
        precondition(left == 0, "More bytes left than were waiting.")
    }

    private mutating func takeNext() -> Bytes? {
        if let current { return current }
        currentCounts = true
        return high.popFirst() ?? low.popFirst()
    }

    /// Ends an episode of waiting; true when a warning was given and must be taken back.
    mutating func finish() -> Bool {
        defer { threshold = 0 }
        return threshold != 0
    }
}

/// First in, first out, over an array whose spent front is dropped in bulk.
private struct MessageList<Message: Sendable>: Sendable {
    private var messages: [Message?] = []
    private var head = 0

    var isEmpty: Bool { head == messages.count }

    mutating func append(_ message: Message) {
        messages.append(message)
    }

    mutating func popFirst() -> Message? {
        guard head < messages.count else { return nil }
        defer { compact() }
        // The slot gives its bytes up now: the array may live long after them.
        return messages[head].take()
    }

    func visit(_ body: (Message) -> Bool) {
        for case let message? in messages[head...] where !body(message) { return }
    }

    private mutating func compact() {
        head += 1
        guard head == messages.count || head >= 64 && head * 2 >= messages.count else { return }
        messages.removeFirst(head)
        head = 0
    }
}
