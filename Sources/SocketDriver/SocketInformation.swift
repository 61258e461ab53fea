// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// One row of the list of sockets.
public struct SocketInformation: Sendable {
    /// What the socket is at the moment.
    public enum Kind: String, Sendable {
        case listen = "LISTEN"
        case tcp = "TCP"
        case udp = "UDP"
        case bound = "BIND"
        case closing = "CLOSING"
    }

    public var id: SocketID
    public var owner: SocketOwner
    public var kind: Kind
    /// Connections accepted (listeners only).
    public var accepted: Int = 0
    public var bytesRead: Int = 0
    public var bytesWritten: Int = 0
    /// Bytes that were sent by services and have not reached the kernel.
    public var bytesWaiting: Int = 0
    /// Nanoseconds of the monotonic clock at the last input; 0 for never. Coarse: a few milliseconds of error.
    public var lastRead: UInt64 = 0
    /// Nanoseconds of the monotonic clock at the last output; 0 for never. Coarse: a few milliseconds of error.
    public var lastWrite: UInt64 = 0
    public var isReading: Bool = false
    public var isWriting: Bool = false
    /// `ip:port` of the peer, or of the listener itself; nil when there is none.
    public var address: String?
    /// How the bytes of a listener's clients travel.
    public var scheme: Endpoint.Scheme = .tcp
}
