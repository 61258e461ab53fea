// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Cuts one connection's bytes into packets behind a big-endian length of two or four bytes.
///
/// Packets of length 0 are skipped.
public struct FrameAssembler: Sendable {
    public enum Frame: Equatable, Sendable {
        case packet([UInt8])
        /// No packet is complete.
        case incomplete
        /// A length was announced that nobody should wait for.
        case tooLarge
    }

    /// Announced lengths stay below this.
    public static let limit = 1 << 24

    private let headerSize: Int
    private var bytes: [UInt8] = []
    private var position = 0

    public init(headerSize: Int) { self.headerSize = headerSize }

    public mutating func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    /// Takes the next packet.
    public mutating func next() -> Frame {
        while bytes.count - position >= headerSize {
            let size = bytes[position..<(position + headerSize)].reduce(0) { $0 << 8 | Int($1) }
            if size >= Self.limit { return .tooLarge }
            let start = position + headerSize
            if bytes.count - start < size { break }
            position = start + size
            if size > 0 { return .packet(Array(bytes[start..<position])) }
        }
        bytes.removeFirst(position)
        position = 0
        return .incomplete
    }
}
