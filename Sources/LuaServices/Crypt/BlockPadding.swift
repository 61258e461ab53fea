// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// How a text is filled up to whole blocks of 8 bytes; at least one byte is always added.
package enum BlockPadding: Int {
    /// One byte 0x80, then zeros.
    case iso7816_4 = 0
    /// As many bytes as are added, each of that value.
    case pkcs7 = 1

    init(mode: Int) throws(CryptError) {
        guard let padding = BlockPadding(rawValue: mode) else { throw CryptError("Invalid padding mode \(mode)") }
        self = padding
    }

    func pad(_ text: [UInt8]) -> [UInt8] {
        let added = 8 - text.count % 8
        switch self {
        case .iso7816_4: return text + [0x80] + [UInt8](repeating: 0, count: added - 1)
        case .pkcs7: return text + [UInt8](repeating: UInt8(added), count: added)
        }
    }

    func strip(_ text: [UInt8]) throws(CryptError) -> [UInt8] {
        let added = added(to: text)
        guard let added, (1...8).contains(added) else { throw CryptError("Invalid des crypt text") }
        return Array(text.dropLast(added))
    }

    private func added(to text: [UInt8]) -> Int? {
        switch self {
        case .iso7816_4:
            guard let mark = text.suffix(8).lastIndex(where: { $0 != 0 }), text[mark] == 0x80 else { return nil }
            return text.count - mark
        case .pkcs7:
            guard let last = text.last, text.suffix(Int(last)).allSatisfy({ $0 == last }) else { return nil }
            return Int(last)
        }
    }
}
