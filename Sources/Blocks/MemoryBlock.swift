// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import CMalloc
public import Glibc

/// Bytes in a malloc'ed block with exactly one owner.
///
/// A block moves from a socket or a sender to a mailbox and to its receiver, and is freed where the last owner drops it.
/// Scripts may hold its address in between; then the block is *relinquished*, and somebody must adopt or free it. That
/// it comes from `malloc` is part of the contract: a script's C module may free what it was given. No bytes at all may
/// have no address.
@frozen public struct MemoryBlock: ~Copyable, @unchecked Sendable {
    // Unchecked: the block has one owner at a time, which the type enforces.
    public let pointer: UnsafeMutableRawPointer?
    public let count: Int

    /// No bytes, and no address.
    @inlinable public init() {
        pointer = nil
        count = 0
    }

    /// A copy of `bytes`, followed by a NUL that does not count. Empty bytes have no address.
    @inlinable public init(copying bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else {
            self.init()
            return
        }
        let block = MemoryBlock.allocate(bytes.count + 1)
        memcpy(block, source, bytes.count)
        block.storeBytes(of: 0, toByteOffset: bytes.count, as: UInt8.self)
        self.init(adopting: block, count: bytes.count)
    }

    /// A copy of `bytes`, with an address in any case, and room for `tailRoom` more bytes behind them.
    @inlinable public init(copying bytes: UnsafeRawBufferPointer, tailRoom: Int) {
        let block = MemoryBlock.allocate(bytes.count + tailRoom)
        if let source = bytes.baseAddress { memcpy(block, source, bytes.count) }
        self.init(adopting: block, count: bytes.count)
    }

    /// A copy of a text's UTF-8 bytes, as ``init(copying:)`` makes it.
    public init(text: String) {
        self.init()
        var text = text
        text.withUTF8 { self = MemoryBlock(copying: UnsafeRawBufferPointer($0)) }
    }

    /// Takes over a block made by ``allocate(_:)`` or relinquished by its owner.
    @inlinable public init(adopting pointer: UnsafeMutableRawPointer?, count: Int) {
        self.pointer = pointer
        self.count = count
    }

    @inlinable deinit {
        if let pointer { MemoryBlock.free(pointer) }
    }

    /// Gives the block away: whoever receives the address must adopt or free it.
    @inlinable public consuming func relinquish() -> (pointer: UnsafeMutableRawPointer?, count: Int) {
        let result = (pointer, count)
        discard self
        return result
    }

    /// The bytes, borrowed.
    @inlinable public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: pointer, count: pointer == nil ? 0 : count)
    }
}

/// Where blocks come from, and how many of them are alive.
extension MemoryBlock {
    /// Blocks allocated and not freed yet, in the whole process.
    public static var liveBlocks: Int { CMalloc_blocks() }

    /// Bytes of those blocks, as the allocator rounds them.
    public static var liveBytes: Int { CMalloc_bytes() }

    /// Never nil, for 0 bytes neither; ends the process when there is no memory.
    @inlinable public static func allocate(_ count: Int) -> UnsafeMutableRawPointer { CMalloc_allocate(count) }

    /// Bytes that a block has room for, as the allocator rounds them.
    public static func capacity(_ block: UnsafeMutableRawPointer) -> Int { CMalloc_capacity(block) }

    /// Enters a block from plain malloc in the account.
    @inlinable public static func adopt(_ block: UnsafeMutableRawPointer) { CMalloc_adopt(block) }

    /// Strikes a block from the account because code that knows only plain free will free it.
    @inlinable public static func release(_ block: UnsafeMutableRawPointer) { CMalloc_release(block) }

    @inlinable public static func free(_ block: UnsafeMutableRawPointer) { CMalloc_free(block) }

    @inlinable public static func reallocate(_ block: UnsafeMutableRawPointer, to count: Int) -> UnsafeMutableRawPointer
    {
        CMalloc_reallocate(block, count)
    }
}
