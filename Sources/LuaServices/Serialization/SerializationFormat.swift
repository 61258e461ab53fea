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
    /// `place` numbers the spot of the format, as scripts' logs know it; `remaining` counts the bytes behind it.
    case malformed(remaining: Int, place: Int)
    case notANumberKey
    case tooDeep
    case stackOverflow
}
