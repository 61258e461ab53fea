// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import NIOCore
import Synchronization

/// A malloc'ed run of bytes with exactly one owner.
///
/// The bytes are freed with `free(3)` when the block dies, unless `relinquish()` handed them on. That allocator is part
/// of the contract: a script's C module may free what it was given.
public struct SocketBlock: ~Copyable, @unchecked Sendable {
    // Sendable: the pointer is reachable through this one value only, and the value moves.
    private let base: UnsafeMutableRawPointer
    /// The number of bytes.
    public let count: Int

    /// Copies `bytes` into a block of its own.
    public init(copying bytes: UnsafeRawBufferPointer) {
        self.init(capacity: bytes.count) { target in
            target.copyMemory(from: bytes)
        }
    }

    /// Takes over memory that came from `malloc`.
    public init(adopting base: UnsafeMutableRawPointer, count: Int) {
        self.base = base
        self.count = count
        BlockCensus.born()
    }

    init(_ buffer: ByteBuffer) {
        self.init(capacity: buffer.readableBytes) { target in
            buffer.withUnsafeReadableBytes { target.copyMemory(from: $0) }
        }
    }

    /// Makes room for `capacity` bytes, which `fill` must write completely.
    init(capacity: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        // malloc(0) may answer nil, which would look like an absent block at the Lua border.
        guard let base = malloc(max(capacity, 1)) else {
            preconditionFailure("The system refused \(capacity) bytes for a block of socket data.")
        }
        fill(UnsafeMutableRawBufferPointer(start: base, count: capacity))
        self.init(adopting: base, count: capacity)
    }

    deinit {
        BlockCensus.died()
        free(base)
    }

    /// Lends the bytes for the length of one call.
    public borrowing func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result
    {
        try body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Hands the memory to somebody who will free it with `free(3)`.
    public consuming func relinquish() -> (UnsafeMutableRawPointer, Int) {
        let handedOver = (base, count)
        BlockCensus.died()
        discard self
        return handedOver
    }
}

/// Counts living blocks in debug builds, so that tests can prove that traffic leaves nothing behind.
package enum BlockCensus {
    #if DEBUG
    private static let living = Atomic<Int>(0)
    package static var count: Int { living.load(ordering: .relaxed) }
    static func born() { living.add(1, ordering: .relaxed) }
    static func died() { living.subtract(1, ordering: .relaxed) }
    #else
    package static var count: Int { 0 }
    @inline(__always) static func born() {}
    @inline(__always) static func died() {}
    #endif
}
