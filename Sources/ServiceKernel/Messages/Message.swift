// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Blocks

/// What a message is for. The numbers are skynet's, and scripts may use any of 0 to 255.
@frozen public struct MessageType: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let text = MessageType(rawValue: 0)
    public static let response = MessageType(rawValue: 1)
    public static let multicast = MessageType(rawValue: 2)
    public static let client = MessageType(rawValue: 3)
    public static let system = MessageType(rawValue: 4)
    public static let harbor = MessageType(rawValue: 5)
    public static let socket = MessageType(rawValue: 6)
    public static let error = MessageType(rawValue: 7)
}

/// One message: it owns its body and moves from sender to mailbox to receiver.
@frozen public struct Message: ~Copyable, Sendable {
    public let type: MessageType
    public let source: ServiceHandle
    /// 0 when no reply is expected.
    public let session: Int32
    /// Bytes at the front of the payload that come along with the body and are no part of it.
    public let attached: UInt32
    public var payload: MemoryBlock

    @inlinable public init(
        type: MessageType,
        source: ServiceHandle,
        session: Int32,
        payload: consuming MemoryBlock = MemoryBlock(),
        attached: UInt32 = 0
    ) {
        self.type = type
        self.source = source
        self.session = session
        self.payload = payload
        self.attached = attached
    }

    /// What the receiver is to read, borrowed.
    @inlinable public var body: UnsafeRawBufferPointer {
        let bytes = payload.bytes
        return UnsafeRawBufferPointer(
            start: bytes.baseAddress.map { $0 + Int(attached) },
            count: bytes.count - Int(attached)
        )
    }

    /// Ends the message and keeps its body, and what is attached to it.
    @inlinable public consuming func takePayload() -> MemoryBlock { payload }
}
