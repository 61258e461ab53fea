// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import Glibc

/// Pieces copied one behind the other into one growing block.
struct ByteJoin: ~Copyable {
    private var block: UnsafeMutableRawPointer
    private var capacity = 256
    private(set) var count = 0

    init() { block = MemoryBlock.allocate(capacity) }

    deinit { MemoryBlock.free(block) }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        if capacity - count < bytes.count {
            capacity = max(capacity * 2, count + bytes.count)
            block = MemoryBlock.reallocate(block, to: capacity)
        }
        memcpy(block + count, source, bytes.count)
        count += bytes.count
    }

    consuming func finish() -> MemoryBlock {
        let payload = MemoryBlock(adopting: block, count: count)
        discard self
        return payload
    }
}
