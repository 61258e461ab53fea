// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Hears what happens to sockets besides what their owners are told: for logs and metrics.
///
/// Called on any thread, with no lock held, at beginnings and ends and never for a single read or write; whoever hears
/// must not wait.
public protocol SocketObserver: Sendable {
    /// A socket has a number: a listener, a datagram socket, an adopted descriptor, an outgoing connection that is going
    /// to be made, or a client that has passed its handshake.
    func opened(_ id: SocketID)
    /// A client is ready to talk, or an outgoing connection has been made.
    func ready(_ id: SocketID)
    /// A client was turned away before its owner heard of it.
    func refused(by listener: SocketID, at endpoint: Endpoint, _ refusal: HandshakeRefusal)
    /// A socket has ended.
    func closed(_ id: SocketID, _ reason: SocketEnd, _ totals: SocketTotals)
    /// So many bytes wait for a peer that reads slowly, at the sizes at which owners are warned; 0: all of it has left.
    func backlog(_ id: SocketID, bytes: Int)
    /// Something that an operator should read.
    func noticed(_ notice: SocketNotice)
}

extension SocketObserver {
    public func opened(_ id: SocketID) {}
    public func ready(_ id: SocketID) {}
    public func refused(by listener: SocketID, at endpoint: Endpoint, _ refusal: HandshakeRefusal) {}
    public func closed(_ id: SocketID, _ reason: SocketEnd, _ totals: SocketTotals) {}
    public func backlog(_ id: SocketID, bytes: Int) {}
    public func noticed(_ notice: SocketNotice) {}
}

/// Why a socket has ended.
public enum SocketEnd: Sendable, Equatable {
    /// Its peer finished sending, or is gone, and nobody had closed it before.
    case peer
    /// A service closed it, or the end of the node.
    case closed
    /// A service, or the end of the node, closed it and dropped what waited.
    case shutDown
    /// The system's words.
    case failed(String)
}

/// What went through a socket in its life.
public struct SocketTotals: Sendable, Equatable {
    public var bytesRead = 0
    public var bytesWritten = 0
    /// Reads of a stream, messages of a transport that has them, connections that a listener took.
    public var packetsRead = 0
    /// What services sent in one call each.
    public var packetsSent = 0

    public init() {}
}

/// What an operator should read. The text is the line that skynet writes, where skynet writes one.
public enum SocketNotice: Sendable, Equatable, CustomStringConvertible {
    case hostTooLong(String)
    case writeToListener(SocketID)
    /// Descriptors ran out, for this reason, and can be had again.
    case acceptResumed(SocketID, after: String)
    case datagramWithoutAddress(SocketID)
    case datagramFailed(SocketID, reason: String)

    public var description: String {
        switch self {
        case .hostTooLong(let host): "socket-server error: Invalid addr \(host)."
        case .writeToListener(let id): "socket-server error: write to listen fd \(id)."
        case .acceptResumed(let id, let reason): "socket-server: accept on listen fd \(id) goes on after: \(reason)"
        case .datagramWithoutAddress(let id): "socket-server : set udp (\(id)) error: address first."
        case .datagramFailed(let id, let reason): "socket-server : udp (\(id)) sendto error \(reason)."
        }
    }
}
