// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Strings as arrays of bytes, for pure code that must know nothing of borrowed memory.
extension LuaStack {
    /// A copy of the bytes of a string or number.
    public func requireByteArray(_ index: Int32) throws(LuaError) -> [UInt8] {
        unsafe [UInt8](try requireBytes(index))
    }

    /// Pushes the bytes as a string. Stack: +1.
    public func push(bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe push($0) } }
}
