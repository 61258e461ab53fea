// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks

/// Cuts what comes in over one link: the peer's number, in one byte, and behind it records.
///
/// It holds what was received and not more, whatever length a peer announces.
public struct HarborAssembler: ~Copyable, Sendable {
    public enum Event: Equatable, Sendable {
        /// Nothing is complete.
        case incomplete
        case greeting(UInt8)
        case record(HarborRecord)
        /// A length was announced that no record has; what follows has no meaning.
        case tooLong
        case tooShort
    }

    private var awaitsGreeting: Bool
    private var cutter = PacketCutter(PacketRules(.u32be, sizes: HarborRecord.lengths))

    /// - Parameter awaitsGreeting: false when somebody else has read the peer's number already.
    public init(awaitsGreeting: Bool) { self.awaitsGreeting = awaitsGreeting }

    /// Takes what is next off the front of `bytes`; if that is incomplete, all of them.
    public mutating func next(in bytes: inout UnsafeRawBufferPointer) -> Event {
        if awaitsGreeting {
            guard let number = bytes.first else { return .incomplete }
            awaitsGreeting = false
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
            return .greeting(number)
        }
        do throws(PacketError) {
            guard let packet = try cutter.next(in: &bytes), let record = HarborRecord(content: packet.bytes) else {
                return .incomplete
            }
            return .record(record)
        } catch {
            if case .tooSmall = error { return .tooShort }
            return .tooLong
        }
    }
}
