// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.
internal import Synchronization

/// What a service may ask of a socket, to be carried out on the socket's loop.
enum SocketCommand: Sendable {
    case start(SocketOwner)
    case pause
    case close
    case shutdown
    /// As `close`, at the end of the node: what the peer has not got yet holds the connection.
    case drain
    case nodelay
}

/// One row of the socket table: a socket whose state machine decides; what the machine says is done here.
protocol DriverSocket: AnyObject, Sendable {
    var id: SocketID { get }
    /// The loop this socket lives on for life.
    var loop: SocketLoop { get }
    var driver: SocketDriver { get }
    var counters: SocketCounters { get }
    /// Whether it is a listener or was accepted by one.
    var isClient: Bool { get }

    // MARK: Any thread

    /// Takes bytes to be sent; false when the socket does not.
    func send(_ bytes: UnsafeRawBufferPointer, priority: SendPriority) -> Bool
    /// Learns in the calling thread that a command is on its way, so that sends behind it are answered rightly.
    func expect(_ command: SocketCommand)
    /// The row of `information`; nil while the socket is not listed.
    var information: SocketInformation? { get }

    // MARK: On the loop

    func perform(_ command: SocketCommand)
    func resumeReading()
    func stopReading()
    /// Forgets what waits to be sent.
    func discardOutput()
    /// Gives up everything; the socket is not heard of again.
    func release()
}

extension DriverSocket {
    /// Bytes that were sent and have not left; from any thread.
    var bytesWaiting: Int { counters.bytesWaiting.load(ordering: .relaxed) }

    @inline(__always)
    func deliver(_ event: consuming SocketEvent) {
        driver.sink.receive(event, for: counters.owner, loop: loop.number)
    }

    func carryOut(_ actions: [SocketAction]) {
        for action in actions {
            switch action {
            case .adopt(let owner): counters.setOwner(owner)
            case .announceConnected(let detail): deliver(.connected(id, detail: detail, port: 0))
            case .announceFailure(let reason): deliver(.failed(id, reason: reason))
            case .announceClosed: deliver(.closed(id))
            case .refuse(let caller, let reason):
                driver.sink.receive(.failed(id, reason: reason), for: caller, loop: loop.number)
            case .resumeReading: resumeReading()
            case .stopReading: stopReading()
            case .discardOutput: discardOutput()
            case .release: release()
            }
        }
    }
}
