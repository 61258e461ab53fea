// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// The light userdata by which scripts know shared data: a number, not an address.
///
/// Its first byte says of which kind the data is and is never that of an address, so that whatever light userdata a
/// script hands in, it names data that is there, or is refused.
struct SharedHandle: Equatable {
    enum Kind: UInt {
        case document = 0x5D
        case matrix = 0x5E
    }

    let kind: Kind
    /// The number of the data among all of its kind; 1 and up.
    let number: UInt
    /// Which of its tables is meant.
    let table: Int

    private static let numberLimit: UInt = 1 << 28
    private static let tableBits = 28

    /// - Throws: when there have been more than 2^28 of them.
    init(_ kind: Kind, number: UInt, table: Int = 0) throws(LuaError) {
        guard number < Self.numberLimit else { throw .message("too many documents were shared in this process") }
        self.kind = kind
        self.number = number
        self.table = table
    }

    /// The handle a light userdata is, or nil for one of another kind or of somebody else's.
    init?(_ kind: Kind, word: UInt) {
        guard word >> 56 == kind.rawValue else { return nil }
        self.kind = kind
        number = word >> Self.tableBits & (Self.numberLimit - 1)
        table = Int(word & (1 << Self.tableBits - 1))
    }

    var word: UInt { kind.rawValue << 56 | number << Self.tableBits | UInt(table) }

    /// The handle of another table of the same data.
    func sibling(_ table: Int) -> UInt { word & ~(1 << Self.tableBits - 1) | UInt(table) }
}

extension LuaStack {
    /// Pushes a handle as a light userdata. Stack: +1.
    func push(handle word: UInt) { push(lightUserdata: UnsafeMutableRawPointer(bitPattern: word)) }

    /// The handle of a kind at `index`, or nil for any other value.
    func handle(_ index: Int32, _ kind: SharedHandle.Kind) -> SharedHandle? {
        guard type(index) == .lightUserdata else { return nil }
        return SharedHandle(kind, word: UInt(bitPattern: userdata(index)))
    }
}
