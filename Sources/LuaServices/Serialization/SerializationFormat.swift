// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The numbers of the serialization format: one byte a value, whose low three bits are the kind and whose high five are
/// the *cookie*, a length or a width that says what follows.
enum SerializationFormat {
    enum Kind {
        static let `nil`: UInt8 = 0
        static let boolean: UInt8 = 1
        static let number: UInt8 = 2
        static let pointer: UInt8 = 3
        static let shortString: UInt8 = 4
        static let longString: UInt8 = 5
        static let table: UInt8 = 6
    }

    /// Cookies of a number: how it is stored.
    enum Width {
        static let zero: UInt8 = 0
        static let byte: UInt8 = 1
        static let word: UInt8 = 2
        static let half: UInt8 = 4
        static let full: UInt8 = 6
        static let real: UInt8 = 8
    }

    /// The cookie of a table whose array size follows as a number; also the longest short string.
    static let largest = 31

    /// Tables within tables a writer accepts; the innermost of them must be empty.
    static let writingDepth = 32

    /// Tables within tables a reader accepts. A writer stops far below it; the limit is for streams made to overrun
    /// the thread's stack.
    static let readingDepth = 200

    static func head(_ kind: UInt8, _ cookie: UInt8) -> UInt8 { kind | cookie << 3 }
}

/// Why a stream could not be read.
enum SerializationFault: Error, Equatable {
    /// `remaining` counts the bytes behind the place where the stream broke off.
    case malformed(remaining: Int, place: Place)
    case notANumberKey
    case tooDeep
    case stackOverflow

    /// What was missing or unknown where a stream broke off, by the number that skynet's error text has for it.
    enum Place: Int {
        /// The bytes of an integer of this width.
        case byte = 378
        case word = 386
        case half = 394
        case full = 402
        /// No integer has this width.
        case width = 407
        /// The bytes of a float.
        case real = 417
        /// The bytes of an address.
        case pointer = 427
        /// The bytes of a string.
        case string = 437
        /// The array size of a table.
        case arraySize = 450
        /// The array size is no integer.
        case arraySizeKind = 455
        /// The length of a long string, 2 bytes.
        case lengthWord = 503
        /// No length has this width.
        case lengthWidth = 510
        /// The length of a long string, 4 bytes.
        case lengthHalf = 514
        /// No value is of this kind.
        case kind = 527
        /// A key or a value of a table.
        case tableItem = 538
    }
}
