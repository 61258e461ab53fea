// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Blocks
internal import Glibc

/// The body of a message of type SOCKET: 24 bytes, and behind them either nothing or a short text.
///
/// A data event carries the address of a second block. That block belongs to whoever handles the message; until
/// somebody has taken it, ``reclaim(_:)`` frees it.
public struct SocketMessage {
    public struct Kind: Equatable, Sendable {
        public let number: Int32

        public init(number: Int32) { self.number = number }

        public static let data = Kind(number: 1)
        public static let connect = Kind(number: 2)
        public static let close = Kind(number: 3)
        public static let accept = Kind(number: 4)
        public static let error = Kind(number: 5)
        public static let udp = Kind(number: 6)
        public static let warning = Kind(number: 7)
    }

    /// Bytes before the text.
    public static let headSize = 24
    /// Bytes of a text; longer ones are cut.
    public static let longestText = 128

    @usableFromInline enum Offset {
        @usableFromInline static let kind = 0
        @usableFromInline static let id = 4
        @usableFromInline static let detail = 8
        /// Padding to scripts; here it says whether the second block was handed to the script.
        @usableFromInline static let lent = 12
        @usableFromInline static let block = 16
    }

    @usableFromInline let address: UnsafeMutableRawPointer
    @usableFromInline let size: Int

    /// A view of a message, which must outlive it; nil for what cannot be one.
    @inlinable public init?(_ address: UnsafeMutableRawPointer?, size: Int) {
        guard let address, size >= SocketMessage.headSize else { return nil }
        self.address = address
        self.size = size
    }

    @inlinable public var kind: Kind { Kind(number: word(Offset.kind)) }
    @inlinable public var id: Int32 { word(Offset.id) }
    /// What the reference calls `ud`.
    @inlinable public var detail: Int32 { word(Offset.detail) }
    @inlinable public var block: UnsafeMutableRawPointer? {
        address.load(fromByteOffset: Offset.block, as: UnsafeMutableRawPointer?.self)
    }

    @inlinable public var text: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: address + SocketMessage.headSize, count: size - SocketMessage.headSize)
    }

    /// Moves the second block out of the message, which then has none. Its count is `detail`.
    @inlinable public func takeBlock() -> MemoryBlock {
        let payload = MemoryBlock(adopting: block, count: block == nil ? 0 : max(Int(detail), 0))
        address.storeBytes(of: nil, toByteOffset: Offset.block, as: UnsafeMutableRawPointer?.self)
        return payload
    }

    /// Notes that the second block was handed to the script, which must free it.
    @inlinable public func lendBlock() { address.storeBytes(of: 1, toByteOffset: Offset.lent, as: Int32.self) }

    @inlinable func word(_ offset: Int) -> Int32 { address.load(fromByteOffset: offset, as: Int32.self) }
}

/// How they are written, and what becomes of those nobody handled.
extension SocketMessage {
    /// A message with a second block, such as the bytes that were read.
    public static func encode(
        _ kind: Kind,
        id: Int32,
        detail: Int32,
        block: consuming MemoryBlock
    ) -> MemoryBlock {
        let message = head(kind, id: id, detail: detail, room: 0)
        message.storeBytes(
            of: block.relinquish().pointer,
            toByteOffset: Offset.block,
            as: UnsafeMutableRawPointer?.self
        )
        return MemoryBlock(adopting: message, count: headSize)
    }

    /// A message with a text, which may be empty.
    public static func encode(
        _ kind: Kind,
        id: Int32,
        detail: Int32 = 0,
        text: UnsafeRawBufferPointer = .init(start: nil, count: 0)
    ) -> MemoryBlock {
        let length = min(text.count, longestText)
        let message = head(kind, id: id, detail: detail, room: length)
        if let source = text.baseAddress { memcpy(message + headSize, source, length) }
        return MemoryBlock(adopting: message, count: headSize + length)
    }

    public static func encode(_ kind: Kind, id: Int32, detail: Int32 = 0, text: String) -> MemoryBlock {
        let bytes = text.utf8.prefix(longestText)
        let message = head(kind, id: id, detail: detail, room: bytes.count)
        UnsafeMutableRawBufferPointer(start: message + headSize, count: bytes.count).copyBytes(from: bytes)
        return MemoryBlock(adopting: message, count: headSize + bytes.count)
    }

    /// Frees the second block of a message that has been handled or was lost, unless somebody has it.
    public static func reclaim(_ message: borrowing MemoryBlock) {
        guard let view = SocketMessage(message.pointer, size: message.count), view.word(Offset.lent) == 0 else {
            return
        }
        _ = view.takeBlock()
    }

    private static func head(_ kind: Kind, id: Int32, detail: Int32, room: Int) -> UnsafeMutableRawPointer {
        let message = MemoryBlock.allocate(headSize + room)
        message.storeBytes(of: kind.number, toByteOffset: Offset.kind, as: Int32.self)
        message.storeBytes(of: id, toByteOffset: Offset.id, as: Int32.self)
        message.storeBytes(of: detail, toByteOffset: Offset.detail, as: Int32.self)
        message.storeBytes(of: 0, toByteOffset: Offset.lent, as: Int32.self)
        message.storeBytes(of: nil, toByteOffset: Offset.block, as: UnsafeMutableRawPointer?.self)
        return message
    }
}
