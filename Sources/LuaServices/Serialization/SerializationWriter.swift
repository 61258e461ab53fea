// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import Glibc

/// Writes values, one behind the other, straight into the block that becomes the message.
///
/// Owns the block until ``finish()``; a writer that is dropped half way frees it.
struct SerializationWriter: ~Copyable {
    private typealias Kind = SerializationFormat.Kind
    private typealias Width = SerializationFormat.Width

    private static let firstCapacity = 128

    private var block: UnsafeMutableRawPointer
    private var capacity: Int
    private(set) var count = 0

    init() {
        capacity = SerializationWriter.firstCapacity
        block = MemoryBlock.allocate(capacity)
    }

    deinit { MemoryBlock.free(block) }

    /// The bytes written; the block is there even when there are none.
    consuming func finish() -> MemoryBlock {
        let payload = MemoryBlock(adopting: block, count: count)
        discard self
        return payload
    }

    @inline(__always)
    mutating func writeNil() { append(SerializationFormat.head(Kind.nil, 0)) }

    @inline(__always)
    mutating func write(_ value: Bool) { append(SerializationFormat.head(Kind.boolean, value ? 1 : 0)) }

    @inline(__always)
    mutating func write(_ value: Int) {
        switch value {
        case 0: append(SerializationFormat.head(Kind.number, Width.zero))
        case 1...0xff: append(Kind.number, Width.byte, UInt8(truncatingIfNeeded: value))
        case 0x100...0xffff: append(Kind.number, Width.word, UInt16(truncatingIfNeeded: value))
        case Int(Int32.min)...Int(Int32.max): append(Kind.number, Width.half, Int32(truncatingIfNeeded: value))
        default: append(Kind.number, Width.full, value)
        }
    }

    @inline(__always)
    mutating func write(_ value: Double) { append(Kind.number, Width.real, value.bitPattern) }

    @inline(__always)
    mutating func write(_ value: UnsafeMutableRawPointer?) { append(Kind.pointer, 0, UInt(bitPattern: value)) }

    /// Answers false for more bytes than the format can count.
    @inline(__always)
    mutating func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.count <= SerializationFormat.largest {
            let length = bytes.count
            reserve(1 + length)
            block.storeBytes(
                of: SerializationFormat.head(Kind.shortString, UInt8(truncatingIfNeeded: length)),
                toByteOffset: count,
                as: UInt8.self
            )
            if let source = bytes.baseAddress { memcpy(block + count + 1, source, length) }
            count += 1 + length
            return true
        }
        return writeLong(bytes)
    }

    /// Opens a table of `size` array items, which must follow; then come keys and values, then nil.
    @inline(__always)
    mutating func beginTable(_ size: Int) {
        if size < SerializationFormat.largest {
            append(SerializationFormat.head(Kind.table, UInt8(truncatingIfNeeded: size)))
        } else {
            append(SerializationFormat.head(Kind.table, UInt8(SerializationFormat.largest)))
            write(size)
        }
    }

    private mutating func writeLong(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.count <= Int(UInt16.max) {
            append(Kind.longString, Width.word, UInt16(truncatingIfNeeded: bytes.count))
        } else if bytes.count <= Int(UInt32.max) {
            append(Kind.longString, Width.half, UInt32(truncatingIfNeeded: bytes.count))
        } else {
            return false
        }
        reserve(bytes.count)
        if let source = bytes.baseAddress { memcpy(block + count, source, bytes.count) }
        count += bytes.count
        return true
    }

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        reserve(1)
        block.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inline(__always)
    private mutating func append<Value: BitwiseCopyable>(_ kind: UInt8, _ cookie: UInt8, _ value: Value) {
        reserve(1 + MemoryLayout<Value>.size)
        block.storeBytes(of: SerializationFormat.head(kind, cookie), toByteOffset: count, as: UInt8.self)
        block.storeBytes(of: value, toByteOffset: count + 1, as: Value.self)
        count += 1 + MemoryLayout<Value>.size
    }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if capacity - count < more { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        capacity = max(capacity * 2, count + more)
        block = MemoryBlock.reallocate(block, to: capacity)
    }
}
