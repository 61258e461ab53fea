// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import NIOCore

/// The part of a stream socket that any thread may touch, under its lock: whether bytes are taken, those that wait, and
/// the way out.
///
/// `send` must answer at once, while the state machine lives on the loop; so the calls that decide the answer advance
/// the mode in the calling thread. It only ever moves towards `gone`: a slower loop cannot open what a caller has shut.
struct SendBuffer: Sendable {
    enum Mode: UInt8, Comparable, Sendable {
        /// Accepted, not started: bytes are dropped.
        case unstarted
        case open
        /// A write failed: bytes are dropped.
        case discarding
        /// `close` was called: sends are refused, low ones silently dropped.
        case closing
        case gone

        static func < (left: Mode, right: Mode) -> Bool { left.rawValue < right.rawValue }
    }

    /// What became of the bytes of a send.
    enum Answer: Sendable { case refused, dropped, taken }

    private(set) var mode: Mode
    /// How many messages were taken.
    private(set) var packets = 0
    /// What was sent since the last flush.
    private(set) var staged: StagedOutput?
    /// What the connection did not take at once, or what waits for there to be one; most sockets never need it.
    var backlog: OutboundQueue<ByteBuffer>?
    var connection: (any Connection)?
    /// For a connection that keeps packets apart in its own way; nil: what is sent leaves as it is.
    let outbound: OutboundPackets?

    /// The bytes that are staged at most before they join the backlog: one buffer counts with 32 bits.
    static let stagingLimit = 1 << 20

    init(_ mode: Mode, _ packets: PacketPolicy? = nil) {
        self.mode = mode
        outbound = packets.map(OutboundPackets.init)
    }

    mutating func advance(to mode: Mode) {
        self.mode = max(self.mode, mode)
        if self.mode == .discarding || self.mode == .gone { discard() }
    }

    mutating func discard() {
        staged = nil
        backlog = nil
    }

    /// Takes a message in; `borrow` supplies storage to the first one of a turn.
    @inline(__always)
    mutating func admit(
        _ bytes: UnsafeRawBufferPointer,
        priority: SendPriority,
        borrow: () -> StagedOutput
    ) -> Answer {
        guard mode == .open else { return answerUnlessOpen(priority) }
        if bytes.isEmpty { return .dropped }
        if let outbound {
            outbound.cut(bytes, priority) { stage($0, priority, outbound, borrow) }
            return .taken
        }
        if staged == nil { staged = borrow() }
        staged?.append(bytes, priority: priority)
        packets &+= 1
        return .taken
    }

    /// Takes a whole packet in, of at most as many bytes as the connection can tell.
    mutating func admitPacket(
        _ packet: UnsafeRawBufferPointer,
        priority: SendPriority,
        borrow: () -> StagedOutput
    ) -> Answer {
        guard mode == .open else { return answerUnlessOpen(priority) }
        stage(packet, priority, outbound, borrow)
        return .taken
    }

    private func answerUnlessOpen(_ priority: SendPriority) -> Answer {
        switch mode {
        case .open: .taken
        case .unstarted, .discarding: .dropped
        case .closing: priority == .low ? .dropped : .refused
        case .gone: .refused
        }
    }

    private mutating func stage(
        _ packet: UnsafeRawBufferPointer,
        _ priority: SendPriority,
        _ outbound: OutboundPackets?,
        _ borrow: () -> StagedOutput
    ) {
        let plain = PacketFraming.u16be
        let borders = outbound?.borders(of: packet.count) ?? (plain.header(of: packet.count), plain.trailer)
        if staged == nil { staged = borrow() }
        staged?.append(packet, between: borders, priority: priority)
        packets &+= 1
    }

    @inline(__always)
    mutating func takeStaged() -> StagedOutput? {
        staged.take()
    }

    /// Whether so much is staged that it should go on its way before the turn ends.
    var isStagingFull: Bool { staged.map { $0.bytes.readableBytes >= Self.stagingLimit } ?? false }

    var isEmpty: Bool { staged == nil && backlog == nil }

    // MARK: Backlog

    /// The bytes that were sent and have not left; those that are staged count when they are flushed.
    var unsent: Int { backlog?.unsent ?? 0 }

    /// Keeps what a write left: the rest of the message it stopped in, and all behind it. Answers the warnings that are
    /// due, in KiB.
    mutating func beginBacklog(with staged: StagedOutput, sent: Int) -> [Int] {
        var border = 0
        var index = 0
        while border + staged.marks[index].count <= sent {
            border += staged.marks[index].count
            index += 1
        }
        var rest = staged.bytes
        rest.removePrefix(sent)
        let remainder = rest.prefix(border + staged.marks[index].count - sent)
        rest.removePrefix(remainder.count)
        backlog = OutboundQueue(remainder: remainder)
        return append(rest, staged.marks[(index + 1)...])
    }

    /// Puts messages behind those that wait. Answers the warnings that are due, in KiB.
    mutating func append(_ bytes: ByteBuffer, _ marks: ArraySlice<StagedOutput.Mark>) -> [Int] {
        var bytes = bytes
        var warnings: [Int] = []
        for mark in marks {
            let message = bytes.prefix(mark.count)
            bytes.removePrefix(mark.count)
            if let kibibytes = backlog?.append(message, priority: mark.priority) { warnings.append(kibibytes) }
        }
        return warnings
    }

    /// The next message of the backlog, or several small ones in one buffer; nil when nothing waits.
    func nextPiece(joining: Bool, upTo limit: Int) -> ByteBuffer? {
        guard let backlog, !backlog.isEmpty else { return nil }
        var piece = ByteBuffer()
        backlog.visit(upTo: joining ? limit : 1) { message in
            if piece.readableBytes == 0 {
                piece = message
            } else {
                piece.writeImmutableBuffer(message)
            }
        }
        return piece
    }
}
