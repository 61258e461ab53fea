// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Finds the end of the head of an HTTP message in bytes as they come, and how long its parts are.
///
/// The limits are counted before any parser has seen a byte, so that what a peer can make us keep has one number. And
/// the parser never sees a byte that follows the head: those are the first frames.
struct HTTPHeadScan {
    enum Excess: Equatable {
        case firstLine, headers
    }

    static let largestFirstLine = 8 << 10
    static let largestHead = 16 << 10

    private var count = 0
    private var firstLineEnded = false
    /// Nothing but ends of lines so far, which parsers skip.
    private var isBlank = true
    /// The last byte that was not a carriage return was the end of a line.
    private var lineEnded = false

    private(set) var isComplete = false
    private(set) var excess: Excess?

    /// Answers how many of these bytes belong to the head; fewer than all when it ends or is in excess.
    mutating func scan(_ bytes: some Sequence<UInt8>) -> Int {
        var taken = 0
        for byte in bytes where !isComplete && excess == nil {
            taken += 1
            count += 1
            note(byte)
            if !firstLineEnded, count >= Self.largestFirstLine { excess = .firstLine }
            if !isComplete, excess == nil, count >= Self.largestHead { excess = .headers }
        }
        return taken
    }

    private mutating func note(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\n"):
            if isBlank { return }
            if lineEnded { isComplete = true }
            lineEnded = true
            firstLineEnded = true
        case UInt8(ascii: "\r"): break
        default:
            isBlank = false
            lineEnded = false
        }
    }
}
