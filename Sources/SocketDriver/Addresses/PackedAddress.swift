// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The address of a datagram's peer as scripts hold it: family, port and address in 7 or 19 bytes.
///
/// Byte 0 is 1 for IPv4 and 2 for IPv6, bytes 1 and 2 are the port, most significant first, then 4 or 16 address bytes.
public struct PackedAddress: Sendable, Equatable {
    /// The two families a packed address can hold.
    public enum Family: UInt8, Sendable {
        case v4 = 1
        case v6 = 2

        var addressLength: Int { self == .v4 ? 4 : 16 }
        /// The length of the whole packed form.
        public var packedLength: Int { 3 + addressLength }
    }

    public let family: Family
    public let port: UInt16
    /// The address in network order.
    public let address: [UInt8]

    init(family: Family, port: UInt16, address: [UInt8]) {
        precondition(address.count == family.addressLength, "An address of a family has the length of that family.")
        self.family = family
        self.port = port
        self.address = address
    }

    /// Reads the packed form; nil when the first byte or the length is foreign.
    public init?(packed bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard let first = bytes.first, let family = Family(rawValue: first), bytes.count == family.packedLength else {
            return nil
        }
        self.init(family: family, port: UInt16(bytes[1]) << 8 | UInt16(bytes[2]), address: Array(bytes[3...]))
    }

    /// The 7 or 19 bytes.
    public var packed: [UInt8] {
        [family.rawValue, UInt8(port >> 8), UInt8(truncatingIfNeeded: port)] + address
    }
}
