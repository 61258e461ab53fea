// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Base64 with the alphabet of RFC 4648, section 4.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let pad = UInt8(ascii: "=")

    /// The value of each byte that is a symbol.
    private static let values: [UInt8?] = {
        var values = [UInt8?](repeating: nil, count: 256)
        for (value, symbol) in alphabet.enumerated() { values[Int(symbol)] = UInt8(value) }
        return values
    }()

    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : pad)
            }
        }
        return text
    }

    /// Bytes outside the alphabet are passed over, pads may be missing at the end, and padded groups may follow one
    /// another; but whatever follows the last group must make a group.
    package static func decode(_ text: [UInt8]) throws(CryptError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var rest = text[...]
        while !rest.isEmpty {
            let group = try takeGroup(from: &rest)
            let bits = group.reduce(0) { $0 << 6 | Int($1) } << (6 * (4 - group.count))
            let count = group.count - 1
            // What the last symbol holds beyond the last byte must be nothing.
            guard bits & (0xffffff >> (8 * count)) == 0 else { throw invalid }
            for place in 0..<count { bytes.append(UInt8(bits >> (16 - 8 * place) & 255)) }
        }
        return bytes
    }

    private static var invalid: CryptError { CryptError("Invalid base64 text") }

    /// The two, three or four symbols of the next group.
    private static func takeGroup(from rest: inout ArraySlice<UInt8>) throws(CryptError) -> [UInt8] {
        var group: [UInt8] = []
        var pads = 0
        while group.count + pads < 4, let byte = rest.popFirst() {
            if byte == pad {
                pads += 1
            } else if let value = values[Int(byte)] {
                guard pads == 0 else { throw invalid }
                group.append(value)
            }
        }
        guard group.count >= 2 else { throw invalid }
        return group
    }
}
