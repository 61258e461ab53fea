// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore

/// What carries the bytes of a stream socket: a descriptor, or a pipeline of protocol handlers.
///
/// The socket decides what is read, sent and closed, and when; a connection knows how. Which kind a socket has is a
/// matter of type, so no transport can be bypassed. What arrives it gives to ``StreamSocket/received(_:)`` and
/// ``StreamSocket/disconnected(_:)``, on the loop.
protocol Connection: AnyObject, Sendable {
    /// Takes what it can of these bytes at once, from any thread, under the lock of the socket's send buffer; `.wrote(0)`
    /// when they must wait for ``write(_:)``.
    func writeNow(_ bytes: UnsafeRawBufferPointer) -> SystemCalls.WriteOutcome

    /// The address of this side, as ``SystemAddress/text`` has it; under that lock too.
    var local: String { get }
    /// What TLS agreed on, if there is any.
    var tls: ConnectionFacts.TLS? { get }

    // MARK: On the loop

    /// Takes what it can of a message, or of several in one where `joinsMessages` allows it; under the lock of the
    /// socket's send buffer, so it must not call anybody. When it does not take everything it calls
    /// ``StreamSocket/becameWritable()`` as soon as it takes more.
    func write(_ bytes: ByteBuffer) -> SystemCalls.WriteOutcome
    /// Passes on what ``write(_:)`` has taken and only kept; without that lock. True when it takes more by now.
    func flushWrites() -> Bool
    /// Whether the system has everything that was taken. When that becomes so it calls
    /// ``StreamSocket/becameWritable()``.
    var isFlushed: Bool { get }
    /// Whether the borders of messages mean nothing to it.
    var joinsMessages: Bool { get }
    func setReading(_ wanted: Bool)
    func setNoDelay()
    /// Bytes that it has taken and that are not with the peer's system.
    var undelivered: Int { get }
    /// Ends it; nothing is heard of it afterwards. `inOrder` lets the peer have what was sent before, also when it sends
    /// without end itself.
    func close(inOrder: Bool)
}

/// A connection that has passed on what it has taken by the time it answers.
extension Connection {
    func flushWrites() -> Bool { false }
    var isFlushed: Bool { true }
}
