// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Figures of one service.
public struct ServiceStatistics: Sendable {
    /// Messages in the mailbox, without the one in hand.
    public let waiting: Int
    /// Messages handled, with the one in hand.
    public let messages: Int
    /// Time spent in turns that ended.
    public let spentNanoseconds: UInt64
    /// Time since the turn in hand began.
    public let turnNanoseconds: UInt64
}
