// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Blocks

/// The number of a socket: one counter for the process, from 1, never the descriptor of the operating system.
public typealias SocketID = Int32

/// Whoever receives the events of a socket; this room gives the number no meaning.
public typealias SocketOwner = UInt32

/// Something that happened to a socket.
public enum SocketEvent: ~Copyable, Sendable {
    /// Bytes arrived. The block has ``SocketEventSink/tailRoom`` behind them.
    case data(SocketID, MemoryBlock)
    /// One whole packet arrived, of less than 2 GiB, over a transport that keeps the borders between packets. The block
    /// has ``SocketEventSink/tailRoom`` behind it.
    case packet(SocketID, MemoryBlock)
    /// The socket is usable: it listens, it reached its peer, or `start` was granted. `port` is set for listeners only.
    case connected(SocketID, detail: String, port: Int32)
    /// The socket ended, or its peer finished sending. At most once per socket.
    case closed(SocketID)
    /// A peer arrived; the new socket waits for `start`.
    case accepted(listener: SocketID, SocketID, address: String)
    /// Something went wrong; the text is the operating system's.
    case failed(SocketID, reason: String)
    /// A datagram of `count` bytes arrived; the block holds them, then the packed address of the sender, and behind
    /// that it has ``SocketEventSink/tailRoom``.
    case datagram(SocketID, MemoryBlock, count: Int32)
    /// Output waits because the peer reads slowly; 0 says that all of it has left.
    case warning(SocketID, kibibytes: Int32)
}

/// Receives the events of all sockets of a driver.
public protocol SocketEventSink: Sendable {
    /// Takes one event. Called without any lock held, in the order of the events of a socket, on the thread of loop
    /// number `loop`; the refusal of `start` for an unknown socket comes on the thread of the caller of `start`.
    ///
    /// - Returns: false when the owner has so much to do that a socket that can be should not be read for it, until
    ///   ``SocketDriver/ownerHasRoom(_:)`` is called.
    @discardableResult
    func receive(_ event: consuming SocketEvent, for owner: SocketOwner, loop: Int) -> Bool

    /// Whether the owner (still) has so much to do.
    func isFull(_ owner: SocketOwner) -> Bool

    /// Whether those who receive events have fallen behind, so that news which can wait had better come slowly.
    var isBehind: Bool { get }

    /// Bytes for which blocks have room behind what a socket brought, so that a sink may add to them without a copy.
    var tailRoom: Int { get }
}

extension SocketEventSink {
    public var isBehind: Bool { false }
    public var tailRoom: Int { 0 }
    public func isFull(_ owner: SocketOwner) -> Bool { false }
}

/// Which of the two lists of a socket a message joins while earlier output waits.
public enum SendPriority: Sendable {
    case high
    /// Sent only while no high message waits.
    case low
}
