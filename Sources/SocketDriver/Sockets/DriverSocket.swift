// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// What a service may ask of a socket, to be carried out on the socket's loop.
enum SocketCommand: Sendable {
    case start(SocketOwner)
    case pause
    case close
    case shutdown
    /// As `close`, at the end of the node: what the peer has not got yet holds the connection.
    case part
    case nodelay
}

/// One row of the socket table.
protocol DriverSocket: AnyObject, Sendable {
    var id: SocketID { get }
    /// The loop this socket lives on for life.
    var lane: LoopLane { get }

    /// Takes bytes to be sent, on any thread; false when the socket does not.
    func stage(_ bytes: UnsafeRawBufferPointer, priority: SendPriority) -> Bool
    /// Learns in the calling thread that a command is on its way, so that sends behind it are answered rightly.
    func expect(_ command: SocketCommand)

    /// Carries a command out, on the loop.
    func perform(_ command: SocketCommand)
    /// Gives staged bytes to the kernel, on the loop.
    func flush()

    /// The row of `information`, from any thread; nil while the socket is not listed.
    var information: SocketInformation? { get }
    /// Whether it is a listener or was accepted by one.
    var isClient: Bool { get }
}

extension DriverSocket {
    /// Bytes that were sent and have not left; from any thread.
    var bytesWaiting: Int { information?.bytesWaiting ?? 0 }
}
