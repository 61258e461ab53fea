// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Counts the echoed packets in a stream of bytes that comes in arbitrary pieces.
///
/// Every packet sent has the same length, so a header that says otherwise is no echo. The payloads are stepped over.
struct PacketCounter {
    private let payload: Int
    private var headerBytes = 0
    private var announced = 0
    private var missing = 0

    init(payload: Int) {
        self.payload = payload
    }

    /// Returns how many packets the piece completed.
    mutating func consume(_ piece: Span<UInt8>) throws(LoadError) -> Int {
        var completed = 0
        var position = 0
        while position < piece.count {
            if headerBytes < 2 {
                try takeHeaderByte(piece[position])
                position += 1
            } else {
                let step = min(missing, piece.count - position)
                missing -= step
                position += step
            }
            if headerBytes == 2, missing == 0 {
                completed += 1
                headerBytes = 0
                announced = 0
            }
        }
        return completed
    }

    private mutating func takeHeaderByte(_ byte: UInt8) throws(LoadError) {
        announced = announced << 8 | Int(byte)
        headerBytes += 1
        guard headerBytes == 2 else { return }
        guard announced == payload else {
            throw LoadError(.badReply, "expected packets of \(payload) bytes, and one of \(announced) came")
        }
        missing = payload
    }
}
