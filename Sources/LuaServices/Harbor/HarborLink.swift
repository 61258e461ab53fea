// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import SocketDriver

/// The way to one node: how far it is, and what waits for it.
///
/// A link that the peer has closed stays as it is. What is sent over it is lost without a word, as in skynet: who wants
/// to know of a lost node waits for `skynet.harbor.link`.
struct HarborLink: Sendable {
    enum Phase: Sendable {
        /// Nobody has connected yet.
        case absent
        /// Connected; the peer has yet to say its number.
        case greeting
        case open
        /// The peer does not speak as a harbor does, or there is no network: messages are refused.
        case down
    }

    private(set) var phase = Phase.absent
    private(set) var socket: SocketID?
    /// Records for later, one behind the other. Without limit, as in skynet.
    private var pending: [UInt8] = []

    static let down: HarborLink = {
        var link = HarborLink()
        link.phase = .down
        return link
    }()

    /// Keeps a record, or has it sent. False when the link is down.
    ///
    /// - Parameter record: makes the record, if it is wanted.
    mutating func deliver(_ record: () -> [UInt8], send: (SocketID, [UInt8]) -> Void) -> Bool {
        switch phase {
        case .absent, .greeting: pending += record()
        case .open: if let socket { send(socket, record()) }
        case .down: return false
        }
        return true
    }

    /// A connection is there.
    ///
    /// - Parameter isGreeted: whether the peer's number was read.
    /// - Returns: what to send after our own number; nil when there is a connection already.
    mutating func connect(_ socket: SocketID, isGreeted: Bool) -> [UInt8]? {
        if self.socket != nil { return nil }
        self.socket = socket
        phase = .greeting
        return isGreeted ? open() : []
    }

    /// The peer has said its number.
    ///
    /// - Returns: what waited for this.
    mutating func open() -> [UInt8] {
        phase = .open
        defer { pending = [] }
        return pending
    }

    /// Ends the link; what waited is dropped.
    mutating func fail() {
        self = .down
    }
}
