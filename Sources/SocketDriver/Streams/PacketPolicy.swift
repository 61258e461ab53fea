// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks

/// How a connection that is not simply a stream of `u16be` packets keeps its packets apart.
///
/// Scripts see none of it: what comes in is told as whole packets, and what they send, packed for `u16be` as ever, is
/// taken apart and sent as the connection wants it.
enum PacketPolicy: Sendable {
    /// The transport has messages, and each of them is a packet of at least so many bytes.
    case messages(smallest: Int)
    case framed(PacketRules)

    var hasMessages: Bool { if case .messages = self { true } else { false } }

    /// Bytes of the largest packet that can be sent.
    var largestSent: Int {
        switch self {
        case .messages: Int(Int32.max)
        case .framed(let rules): rules.framing.largestPacket
        }
    }
}

extension PacketError {
    /// For a log.
    func text(_ rules: PacketRules) -> String {
        switch self {
        case .tooLarge(let size): "a packet of \(size) bytes, and at most \(rules.sizes.upperBound) are allowed"
        case .tooSmall(let size): "a packet of \(size) bytes, and at least \(rules.sizes.lowerBound) are needed"
        case .lineTooLong: "a line longer than the allowed \(rules.sizes.upperBound) bytes"
        case .endlessLength: "the length of a packet has more than five bytes"
        }
    }
}

/// Cuts what a connection brings into packets; for the holder of its loop.
final class InboundPackets {
    private let policy: PacketPolicy
    private var cutter: PacketCutter

    init(_ policy: PacketPolicy, tailRoom: Int) {
        self.policy = policy
        cutter =
            switch policy {
            case .messages: PacketCutter(PacketRules(.u32be, tailRoom: tailRoom))
            case .framed(let rules):
                PacketCutter(PacketRules(rules.framing, sizes: rules.sizes, tailRoom: tailRoom))
            }
    }

    /// Whether a message of so many bytes may be told together with others, behind its length as `u16be`.
    func joins(_ count: Int) -> Bool {
        guard case .messages(let smallest) = policy else { return false }
        return count >= smallest && count <= PacketFraming.u16be.largestPacket
    }

    /// Answers why the connection cannot go on; nil while it can.
    func cut(_ bytes: UnsafeRawBufferPointer, _ pass: (consuming MemoryBlock) -> Void) -> String? {
        switch policy {
        case .messages(let smallest):
            if bytes.count < smallest {
                return "a packet of \(bytes.count) bytes, and at least \(smallest) are needed"
            }
            pass(MemoryBlock(copying: bytes, tailRoom: cutter.rules.tailRoom))
            return nil
        case .framed(let rules):
            var rest = bytes
            do throws(PacketError) {
                while let packet = try cutter.next(in: &rest) { pass(packet) }
                return nil
            } catch {
                return error.text(rules)
            }
        }
    }
}

/// Takes apart what services send, which is packed as `u16be`; under the lock of a socket's send buffer.
final class OutboundPackets: @unchecked Sendable {
    // Sendable: touched under that lock only.
    let policy: PacketPolicy
    private var high = PacketCutter(PacketRules(.u16be))
    private var low = PacketCutter(PacketRules(.u16be))

    init(_ policy: PacketPolicy) { self.policy = policy }

    /// Passes on every packet that is complete by now.
    func cut(_ bytes: UnsafeRawBufferPointer, _ priority: SendPriority, _ pass: (UnsafeRawBufferPointer) -> Void) {
        var rest = bytes
        while let packet = next(in: &rest, priority) { pass(packet.bytes) }
    }

    private func next(in rest: inout UnsafeRawBufferPointer, _ priority: SendPriority) -> MemoryBlock? {
        // Two bytes can announce nothing that is not allowed.
        switch priority {
        case .high: try? high.next(in: &rest)
        case .low: try? low.next(in: &rest)
        }
    }

    /// What stands before and behind a packet of so many bytes in the send buffer. Before a message, which needs nothing,
    /// a byte that its connection takes off again: what has no bytes is nothing to those who count what is left to send.
    func borders(of count: Int) -> (before: PacketBorder, behind: PacketBorder) {
        switch policy {
        case .messages: (PacketFraming.varint.header(of: 0), PacketFraming.u16be.trailer)
        case .framed(let rules): (rules.framing.header(of: count), rules.framing.trailer)
        }
    }
}
