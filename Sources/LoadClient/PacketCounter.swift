// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Counts the echoed packets in a stream of bytes that comes in arbitrary pieces.
///
/// Every packet sent is the same, so whatever else stands around a payload is no echo. The payloads are stepped over.
struct PacketCounter {
    private let layout: PacketLayout
    private let bodyStart: Int
    private let bodyEnd: Int
    private let size: Int
    /// Where in a packet the next byte belongs.
    private var position = 0

    init(_ layout: PacketLayout) {
        self.layout = layout
        bodyStart = layout.header.count
        bodyEnd = bodyStart + layout.payload
        size = bodyEnd + layout.trailer.count
    }

    /// Returns how many packets the piece completed.
    mutating func consume(_ piece: Span<UInt8>) throws(LoadError) -> Int {
        var completed = 0
        var index = 0
        while index < piece.count {
            if position < bodyStart {
                try check(piece[index], layout.header[position])
                index += 1
            } else if position < bodyEnd {
                let step = min(bodyEnd - position, piece.count - index)
                position += step
                index += step
            } else {
                try check(piece[index], layout.trailer[position - bodyEnd])
                index += 1
            }
            if position == size {
                completed += 1
                position = 0
            }
        }
        return completed
    }

    private mutating func check(_ byte: UInt8, _ expected: UInt8) throws(LoadError) {
        guard byte == expected else {
            throw LoadError(
                .badReply,
                "expected echoes of \(layout.payload) bytes, which begin with \(layout.header); byte \(position) of one is "
                    + "\(byte) instead of \(expected)"
            )
        }
        position += 1
    }
}
