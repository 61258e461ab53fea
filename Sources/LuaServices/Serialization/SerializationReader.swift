// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Takes a stream apart, byte by byte and number by number, and never reads past its end.
struct SerializationReader {
    private typealias Width = SerializationFormat.Width

    private var position: UnsafeRawPointer?
    private(set) var remaining: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        position = bytes.baseAddress
        remaining = bytes.count
    }

    /// The next value's first byte, or nil at the end of the stream.
    @inline(__always)
    mutating func head() -> (kind: UInt8, cookie: UInt8)? {
        guard remaining > 0, let position else { return nil }
        let byte = position.load(as: UInt8.self)
        self.position = position + 1
        remaining -= 1
        return (byte & 7, byte >> 3)
    }

    /// The integer that a cookie announces.
    @inline(__always)
    mutating func integer(_ cookie: UInt8) throws(SerializationFault) -> Int {
        switch cookie {
        case Width.zero: return 0
        case Width.byte: return Int(try take(UInt8.self, .byte))
        case Width.word: return Int(try take(UInt16.self, .word))
        case Width.half: return Int(try take(Int32.self, .half))
        case Width.full: return try take(Int.self, .full)
        default: throw fault(.width)
        }
    }

    @inline(__always)
    mutating func real() throws(SerializationFault) -> Double {
        Double(bitPattern: try take(UInt64.self, .real))
    }

    mutating func pointer() throws(SerializationFault) -> UnsafeMutableRawPointer? {
        UnsafeMutableRawPointer(bitPattern: try take(UInt.self, .pointer))
    }

    /// The bytes of a string, borrowed from the stream.
    @inline(__always)
    mutating func string(_ length: Int) throws(SerializationFault) -> UnsafeRawBufferPointer {
        guard length <= remaining, let position else {
            if length == 0 { return UnsafeRawBufferPointer(start: nil, count: 0) }
            throw fault(.string)
        }
        self.position = position + length
        remaining -= length
        return UnsafeRawBufferPointer(start: position, count: length)
    }

    /// The length of a long string.
    mutating func length(_ cookie: UInt8) throws(SerializationFault) -> Int {
        switch cookie {
        case Width.word: return Int(try take(UInt16.self, .lengthWord))
        case Width.half: return Int(try take(UInt32.self, .lengthHalf))
        default: throw fault(.lengthWidth)
        }
    }

    /// The array size of a table, which is a hint only.
    @inline(__always)
    mutating func arraySize(_ cookie: UInt8) throws(SerializationFault) -> Int {
        if cookie < SerializationFormat.largest { return Int(cookie) }
        guard let size = head() else { throw fault(.arraySize) }
        if size.kind != SerializationFormat.Kind.number || size.cookie == Width.real { throw fault(.arraySizeKind) }
        return max(try integer(size.cookie), 0)
    }

    func fault(_ place: SerializationFault.Place) -> SerializationFault {
        .malformed(remaining: remaining, place: place)
    }

    @inline(__always)
    private mutating func take<Value: BitwiseCopyable>(
        _ type: Value.Type,
        _ place: SerializationFault.Place
    ) throws(SerializationFault) -> Value {
        guard remaining >= MemoryLayout<Value>.size, let position else { throw fault(place) }
        let value = position.loadUnaligned(as: Value.self)
        self.position = position + MemoryLayout<Value>.size
        remaining -= MemoryLayout<Value>.size
        return value
    }
}
