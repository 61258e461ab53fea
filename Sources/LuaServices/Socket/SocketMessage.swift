// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Blocks
public import ServiceKernel

/// A view of the body of a message of type SOCKET: 24 bytes, and behind them either nothing or a short text.
///
/// What a socket brought is in a block of its own to scripts, whose address the 24 bytes have. On the way to its service
/// it is one block with them: the bytes first, so that the block may be freed by their address (see
/// ``SocketMessage/message(of:)``).
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

    /// Whose the block is.
    enum BlockOwner: UInt8 {
        /// The message's, which frees it unless somebody takes it.
        case message
        /// The script's, who was given its address and must free it.
        case script
        /// It is one block with the message.
        case attached
    }

    /// Bytes before the text.
    public static let headSize = 24
    /// Bytes of a text; longer ones are cut.
    public static let longestText = 128

    @usableFromInline enum Offset {
        @usableFromInline static let kind = 0
        @usableFromInline static let id = 4
        @usableFromInline static let detail = 8
        // Padding to scripts; here it says whose the block is, and whether it is one whole packet.
        @usableFromInline static let owner = 12
        @usableFromInline static let isPacket = 13
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

    /// A view of a message that came to a service written in Swift.
    public init?(_ message: borrowing Message) {
        let body = message.body
        self.init(UnsafeMutableRawPointer(mutating: body.baseAddress), size: body.count)
    }

    @inlinable public var kind: Kind { Kind(number: word(Offset.kind)) }
    @inlinable public var id: Int32 { word(Offset.id) }
    /// What the reference calls `ud`: of bytes their number.
    @inlinable public var detail: Int32 { word(Offset.detail) }
    @inlinable public var block: UnsafeMutableRawPointer? {
        address.load(fromByteOffset: Offset.block, as: UnsafeMutableRawPointer?.self)
    }

    /// Whether the bytes are one whole packet, and no part of a stream: there is no header in front of them.
    @inlinable public var isPacket: Bool { address.load(fromByteOffset: Offset.isPacket, as: UInt8.self) != 0 }

    /// What the socket brought, borrowed.
    @inlinable public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: block, count: block == nil ? 0 : max(Int(detail), 0))
    }

    @inlinable public var text: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: address + SocketMessage.headSize, count: size - SocketMessage.headSize)
    }

    @inlinable func word(_ offset: Int) -> Int32 { address.load(fromByteOffset: offset, as: Int32.self) }

    var owner: BlockOwner {
        BlockOwner(rawValue: address.load(fromByteOffset: Offset.owner, as: UInt8.self)) ?? .message
    }
}

// MARK: - The block, at the border to Lua

extension SocketMessage {
    /// Moves the block out of the message, which then has none. Its count is `detail`.
    @inlinable public func takeBlock() -> MemoryBlock {
        let payload = MemoryBlock(adopting: block, count: bytes.count)
        address.storeBytes(of: nil, toByteOffset: Offset.block, as: UnsafeMutableRawPointer?.self)
        return payload
    }

    /// Notes that the address of the block was handed to the script, which must free it.
    func lendBlock() { set(.script) }

    /// Makes one whole packet the part of a stream that has two bytes of length in front of it, for a reader of streams.
    ///
    /// - Returns: false when two bytes cannot say how long it is; then it is as it was.
    func becomeStream() -> Bool {
        let framing = PacketFraming.u16be
        guard let block, bytes.count <= framing.largestPacket else { return false }
        let header = framing.header(of: bytes.count)
        let stream = MemoryBlock.allocate(header.count + bytes.count)
        let count = header.count + bytes.count
        header.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: stream, count: count).copyMemory(from: $0) }
        (stream + header.count).copyMemory(from: block, byteCount: bytes.count)
        _ = takeBlock()
        address.storeBytes(of: stream, toByteOffset: Offset.block, as: UnsafeMutableRawPointer?.self)
        address.storeBytes(of: Int32(count), toByteOffset: Offset.detail, as: Int32.self)
        address.storeBytes(of: false, toByteOffset: Offset.isPacket, as: Bool.self)
        return true
    }

    private func set(_ owner: BlockOwner) {
        address.storeBytes(of: owner.rawValue, toByteOffset: Offset.owner, as: UInt8.self)
    }

    /// Parts a message from the bytes in front of it, for a script, which may keep those and must not lose the message
    /// when it frees them.
    ///
    /// - Parameter head: the message's new place, of ``headSize`` bytes. It owns the block from now on.
    static func detach(_ payload: consuming MemoryBlock, attached: UInt32, to head: UnsafeMutableRawPointer) {
        guard let pointer = payload.relinquish().pointer else { return }
        head.copyMemory(from: pointer + Int(attached), byteCount: headSize)
        SocketMessage(head, size: headSize)?.set(.message)
    }

    /// Frees the block of a message that has been handled or was lost, unless somebody else has it.
    static func reclaim(_ address: UnsafeMutableRawPointer?, size: Int) {
        guard let view = SocketMessage(address, size: size), view.owner == .message else { return }
        _ = view.takeBlock()
    }

    /// Frees what a message has that nobody is going to read.
    public static func reclaim(_ message: borrowing Message) {
        let body = message.body
        reclaim(UnsafeMutableRawPointer(mutating: body.baseAddress), size: body.count)
    }
}
