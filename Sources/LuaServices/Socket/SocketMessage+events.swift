// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
public import ServiceKernel
public import SocketDriver

// How events of sockets become messages: the one place that writes what SocketMessage reads.
extension SocketMessage {
    private static let alignment = 8

    /// Bytes that a block of a socket must have room for behind its own: the message goes there.
    public static let tailRoom = headSize + alignment

    /// The message that tells a service of an event. Its body is behind what the socket brought, in one block with it.
    public static func message(of event: consuming SocketEvent) -> Message {
        switch consume event {
        case .data(let id, let block): attach(.data, id, detail: block.count, block)
        case .packet(let id, let block): attach(.data, id, detail: block.count, isPacket: true, block)
        case .datagram(let id, let block, let count): attach(.udp, id, detail: Int(count), block)
        case .connected(let id, let text, let port): message(.connect, id, detail: port, text)
        case .closed(let id): message(.close, id)
        case .accepted(let listener, let id, let address): message(.accept, listener, detail: id, address)
        case .failed(let id, let reason): message(.error, id, reason)
        case .warning(let id, let kibibytes): message(.warning, id, detail: kibibytes)
        }
    }

    /// Writes the head behind the bytes of a block, which has ``tailRoom`` for it.
    private static func attach(
        _ kind: Kind,
        _ id: Int32,
        detail: Int,
        isPacket: Bool = false,
        _ block: consuming MemoryBlock
    ) -> Message {
        let (pointer, count) = block.relinquish()
        guard let pointer, let detail = Int32(exactly: detail) else {
            preconditionFailure("A socket brought \(count) bytes, of which no message can tell.")
        }
        // Never 0: that is how a message looks that has nothing attached.
        let attached = (max(count, 1) + alignment - 1) / alignment * alignment
        assert(MemoryBlock.capacity(pointer) >= attached + headSize, "A block of a socket has no room for its message.")
        let head = pointer + attached
        writeHead(kind, id, detail, at: head)
        head.storeBytes(of: BlockOwner.attached.rawValue, toByteOffset: Offset.owner, as: UInt8.self)
        head.storeBytes(of: isPacket, toByteOffset: Offset.isPacket, as: Bool.self)
        head.storeBytes(of: pointer, toByteOffset: Offset.block, as: UnsafeMutableRawPointer?.self)
        let payload = MemoryBlock(adopting: pointer, count: attached + headSize)
        return Message(type: .socket, source: .none, session: 0, payload: payload, attached: UInt32(attached))
    }

    private static func message(_ kind: Kind, _ id: Int32, detail: Int32 = 0, _ text: String = "") -> Message {
        let bytes = text.utf8.prefix(longestText)
        let head = MemoryBlock.allocate(headSize + bytes.count)
        writeHead(kind, id, detail, at: head)
        UnsafeMutableRawBufferPointer(start: head + headSize, count: bytes.count).copyBytes(from: bytes)
        let payload = MemoryBlock(adopting: head, count: headSize + bytes.count)
        return Message(type: .socket, source: .none, session: 0, payload: payload)
    }

    private static func writeHead(_ kind: Kind, _ id: Int32, _ detail: Int32, at head: UnsafeMutableRawPointer) {
        head.storeBytes(of: kind.number, toByteOffset: Offset.kind, as: Int32.self)
        head.storeBytes(of: id, toByteOffset: Offset.id, as: Int32.self)
        head.storeBytes(of: detail, toByteOffset: Offset.detail, as: Int32.self)
        head.storeBytes(of: 0, toByteOffset: Offset.owner, as: Int32.self)
        head.storeBytes(of: nil, toByteOffset: Offset.block, as: UnsafeMutableRawPointer?.self)
    }
}
