// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

extension PackedAddress {
    /// Reads an address written in numbers, without brackets; nil for names, for zones, and for IPv4 with leading zeros.
    public init?(numeric text: some StringProtocol, port: UInt16 = 0) {
        // The system reads up to the first zero byte and would not see what stands behind it.
        guard !text.utf8.contains(0) else { return nil }
        var address = [UInt8](repeating: 0, count: 16)
        let text = String(text)
        if inet_pton(AF_INET, text, &address) == 1 {
            self.init(family: .v4, port: port, address: Array(address[..<4]))
        } else if inet_pton(AF_INET6, text, &address) == 1 {
            self.init(family: .v6, port: port, address: address)
        } else {
            return nil
        }
    }

    /// IPv4 where it came in the clothes of IPv6 (`::ffff:10.0.0.1`); everything else as it is.
    public var unmapped: PackedAddress {
        guard family == .v6, address.starts(with: Self.mappedPrefix) else { return self }
        return PackedAddress(family: .v4, port: port, address: Array(address[12...]))
    }

    private static let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]
}

extension UInt16 {
    /// A port as a URL or a header has it: decimal digits without a leading zero; nil for anything else.
    init?(port digits: some StringProtocol) {
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            digits.utf8.count == 1 || digits.utf8.first != UInt8(ascii: "0"), let number = UInt16(digits)
        else { return nil }
        self = number
    }
}
