// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Blocks
internal import Glibc

/// The bytes a socket has received and its reader has not taken yet, in the blocks they came in.
public struct ReadBuffer: ~Copyable {
    private struct Segment {
        var block: UnsafeMutableRawPointer
        var count: Int
    }

    /// The first `finished` segments have been taken and freed.
    private var segments: [Segment] = []
    private var finished = 0
    /// Bytes taken from the first segment that is left.
    private var offset = 0
    /// Bytes that can be taken.
    public private(set) var count = 0

    /// A search that found nothing: it need not be repeated over the same bytes.
    private var soughtSeparator: [UInt8] = []
    private var soughtCount = 0

    public init() {}

    deinit { for segment in segments[finished...] { MemoryBlock.free(segment.block) } }

    /// Appends a block and owns it.
    public mutating func append(_ block: consuming MemoryBlock) {
        let (pointer, size) = block.relinquish()
        guard let pointer else { return }
        if size == 0 {
            MemoryBlock.free(pointer)
        } else {
            segments.append(Segment(block: pointer, count: size))
            count += size
        }
    }

    /// Takes the first `size` bytes, which must be there, and lends them for the length of a call.
    public mutating func take<Result>(_ size: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        precondition(size <= count, "More bytes were taken from a read buffer than it has.")
        defer { drop(size) }
        if size == 0 { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        let first = segments[finished]
        if first.count - offset >= size {
            return body(UnsafeRawBufferPointer(start: first.block + offset, count: size))
        }
        let joined = join(size)
        return body(joined.bytes)
    }

    /// Forgets the first `size` bytes.
    public mutating func drop(_ size: Int) {
        var left = min(size, count)
        count -= left
        soughtCount = max(soughtCount - left, 0)
        while left > 0 {
            let segment = segments[finished]
            let taken = min(left, segment.count - offset)
            left -= taken
            offset += taken
            if offset == segment.count { finishFirst() }
        }
    }

    public mutating func clear() { drop(count) }

    /// The number of bytes before the first separator, which may lie across blocks. An empty one is everywhere.
    public mutating func find(_ separator: UnsafeRawBufferPointer) -> Int? {
        guard let first = separator.first else { return 0 }
        if !separator.elementsEqual(soughtSeparator) {
            soughtSeparator = [UInt8](separator)
            soughtCount = 0
        }
        var position = soughtCount
        while let candidate = find(first, from: position), candidate + separator.count <= count {
            if holds(separator, at: candidate) { return candidate }
            position = candidate + 1
        }
        // The last bytes may be the beginning of a separator.
        soughtCount = max(position, count - separator.count + 1)
        return nil
    }
}

extension ReadBuffer {
    private mutating func finishFirst() {
        MemoryBlock.free(segments[finished].block)
        finished += 1
        offset = 0
        if finished == segments.count {
            segments.removeAll(keepingCapacity: true)
            finished = 0
        } else if finished >= 64 && finished * 2 > segments.count {
            segments.removeFirst(finished)
            finished = 0
        }
    }

    /// Where the next run of bytes begins.
    private struct Place {
        var segment: Int
        var start: Int
    }

    private func place(of position: Int) -> Place { Place(segment: finished, start: offset + position) }

    /// The bytes from a place to the end of their block, and the place behind them.
    private func run(at place: inout Place) -> UnsafeRawBufferPointer? {
        while place.segment < segments.count {
            let segment = segments[place.segment]
            if place.start < segment.count {
                let run = UnsafeRawBufferPointer(start: segment.block + place.start, count: segment.count - place.start)
                place = Place(segment: place.segment + 1, start: 0)
                return run
            }
            place = Place(segment: place.segment + 1, start: place.start - segment.count)
        }
        return nil
    }

    /// A copy of the first `size` bytes.
    private func join(_ size: Int) -> MemoryBlock {
        let joined = MemoryBlock.allocate(size)
        var filled = 0
        var place = place(of: 0)
        while filled < size, let run = run(at: &place) {
            let taken = min(run.count, size - filled)
            if let source = run.baseAddress { memcpy(joined + filled, source, taken) }
            filled += taken
        }
        return MemoryBlock(adopting: joined, count: size)
    }

    private func find(_ byte: UInt8, from position: Int) -> Int? {
        var passed = position
        var place = place(of: position)
        while let run = run(at: &place) {
            if let start = run.baseAddress, let found = memchr(start, Int32(byte), run.count) {
                return passed + (UnsafeRawPointer(found) - start)
            }
            passed += run.count
        }
        return nil
    }

    private func holds(_ separator: UnsafeRawBufferPointer, at position: Int) -> Bool {
        var compared = 0
        var place = place(of: position)
        while compared < separator.count, let run = run(at: &place) {
            let length = min(run.count, separator.count - compared)
            guard let left = run.baseAddress, let right = separator.baseAddress,
                memcmp(left, right + compared, length) == 0
            else { return false }
            compared += length
        }
        return compared == separator.count
    }
}
