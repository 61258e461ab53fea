// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Blocks

/// The packets of many sockets: two bytes of length, the larger first, and that many bytes.
///
/// A packet that arrives alone and whole is answered at once; packets that arrive together are queued, in the order of
/// their arrival over all sockets.
public struct PacketAssembler: ~Copyable {
    /// What became of the bytes of one read.
    public enum Arrival: ~Copyable {
        /// No packet ended in them.
        case incomplete
        /// They ended exactly one packet and nothing else.
        case packet(MemoryBlock)
        /// At least one packet was queued.
        case queued
    }

    /// Whatever two bytes can announce is a packet.
    @inline(__always)
    public static var rules: PacketRules { PacketRules(.u16be) }

    private var fragments: [Int32: PacketFragment] = [:]
    private var ring = PacketRing()

    public init() {}

    deinit {
        for var fragment in fragments.values { fragment.discard() }
    }

    /// Takes the bytes of one read.
    public mutating func accept(_ block: consuming MemoryBlock, from socket: Int32) -> Arrival {
        if !fragments.isEmpty, let fragment = fragments.removeValue(forKey: socket) {
            return cut(block.bytes, after: fragment, from: socket)
        }
        if Self.rules.isPacket(block.bytes) { return .packet(Self.rules.packet(in: block)) }
        return cut(block.bytes, after: .none, from: socket)
    }

    /// The socket of the oldest queued packet.
    @inline(__always)
    public var next: Int32? { ring.first }

    /// Takes the oldest queued packet, which must be there: ask ``next`` first.
    @inline(__always)
    public mutating func pop() -> MemoryBlock { ring.removeFirst() }

    /// Drops the beginning of a packet that will not be finished. Queued packets stay.
    public mutating func forget(_ socket: Int32) {
        if var fragment = fragments.removeValue(forKey: socket) { fragment.discard() }
    }

    /// Drops everything.
    public mutating func clear() { self = PacketAssembler() }

    /// Queues the packets in `bytes`, unless they end with the first, and keeps the beginning of the last one, if it does
    /// not end there.
    private mutating func cut(
        _ bytes: UnsafeRawBufferPointer,
        after beginning: PacketFragment,
        from socket: Int32
    ) -> Arrival {
        var (fragment, rest) = (beginning, bytes)
        guard let first = Self.next(&fragment, in: &rest) else {
            if !fragment.isNone { fragments[socket] = fragment }
            return .incomplete
        }
        if rest.isEmpty { return .packet(first) }
        ring.append(first, from: socket)
        var whole = rest
        while let packet = Self.nextWhole(in: &whole) { ring.append(packet, from: socket) }
        if !whole.isEmpty { keepBeginning(whole, from: socket) }
        return .queued
    }

    @inline(never)
    private mutating func keepBeginning(_ bytes: UnsafeRawBufferPointer, from socket: Int32) {
        var (fragment, rest) = (PacketFragment.none, bytes)
        _ = Self.next(&fragment, in: &rest)
        fragments[socket] = fragment
    }

    @inline(__always)
    private static func next(_ fragment: inout PacketFragment, in bytes: inout UnsafeRawBufferPointer) -> MemoryBlock? {
        do throws(PacketError) { return try rules.next(&fragment, in: &bytes) } catch { impossible() }
    }

    @inline(__always)
    private static func nextWhole(in bytes: inout UnsafeRawBufferPointer) -> MemoryBlock? {
        do throws(PacketError) { return try rules.nextWhole(in: &bytes) } catch { impossible() }
    }

    private static func impossible() -> Never {
        preconditionFailure("Two bytes announced a packet that they cannot announce.")
    }
}
