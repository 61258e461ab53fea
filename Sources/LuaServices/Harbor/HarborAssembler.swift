// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Cuts what comes in over one link: the peer's number, in one byte, and behind it records.
///
/// It holds what was received and not more, whatever length a peer announces.
public struct HarborAssembler: Sendable {
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
    private var bytes: [UInt8] = []
    private var position = 0

    /// - Parameter awaitsGreeting: false when somebody else has read the peer's number already.
    public init(awaitsGreeting: Bool) { self.awaitsGreeting = awaitsGreeting }

    public mutating func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    public mutating func next() -> Event {
        if awaitsGreeting {
            guard let number = bytes.first else { return .incomplete }
            awaitsGreeting = false
            position = 1
            return .greeting(number)
        }
        let event = record()
        if event == .incomplete {
            bytes.removeFirst(position)
            position = 0
        }
        return event
    }

    private mutating func record() -> Event {
        guard bytes.count - position >= HarborRecord.lengthSize else { return .incomplete }
        let length = Int(bytes.word(at: position))
        if length >= HarborRecord.lengthLimit { return .tooLong }
        if length < HarborRecord.trailerSize { return .tooShort }
        let start = position + HarborRecord.lengthSize
        guard bytes.count - start >= length, let record = HarborRecord(content: bytes[start..<(start + length)]) else {
            return .incomplete
        }
        position = start + length
        return .record(record)
    }
}
