// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// A network as CIDR writes it: `10.0.0.0/8`, `2001:db8::/32`; an address without a length is a network of its own.
///
/// IPv4 in the clothes of IPv6 is IPv4: `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
public struct AddressNetwork: Sendable, Hashable {
    /// Why a text is not a network.
    public struct ParseError: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    public let family: PackedAddress.Family
    /// The leading bits that all addresses of the network share.
    public let length: Int
    /// The address of the network, in the low bits.
    let prefix: UInt128

    public init(parsing text: String) throws(ParseError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let written = PackedAddress(numeric: parts[0]) else {
            throw ParseError(description: "\"\(text)\" is no network: expected an address in numbers, like 10.0.0.0/8")
        }
        let address = written.unmapped
        let isMapped = address.family != written.family
        var length = written.family.bits
        if parts.count == 2 {
            guard let number = UInt16(port: parts[1]), (0...length).contains(Int(number)) else {
                throw ParseError(
                    description: "\"\(text)\" is no network: expected 0 to \(length) behind the slash"
                )
            }
            length = Int(number)
        }
        // Shorter than the prefix of all such addresses, it is a network of IPv6 that happens to hold them.
        let isV4 = isMapped && length >= Self.mappedBits
        family = isV4 ? .v4 : written.family
        self.length = isV4 ? length - Self.mappedBits : length
        prefix = (isV4 ? address : written).number
        let mask = Self.mask(family, self.length)
        if prefix & mask != prefix {
            let network = PackedAddress(family, number: prefix & mask)
            throw ParseError(
                description: "\"\(text)\" has bits behind its length; did you mean \(network.host)/\(self.length)?"
            )
        }
    }

    /// Whether an address belongs to it; the port does not matter.
    public func contains(_ address: PackedAddress) -> Bool {
        let address = address.unmapped
        return address.family == family && address.number & Self.mask(family, length) == prefix
    }

    private static let mappedBits = 96

    static func mask(_ family: PackedAddress.Family, _ length: Int) -> UInt128 {
        let all = family == .v4 ? UInt128(UInt32.max) : .max
        return length == 0 ? 0 : all & (all << UInt128(family.bits - length))
    }
}

extension AddressNetwork: CustomStringConvertible {
    public var description: String { "\(PackedAddress(family, number: prefix).host)/\(length)" }
}

/// Networks that are asked together whether one of them has an address.
///
/// A look-up costs one hash for each length that occurs, however many networks there are.
public struct AddressNetworks: Sendable, Hashable {
    private struct Row: Sendable, Hashable {
        let family: PackedAddress.Family
        let length: Int
        var prefixes: Set<UInt128>
    }

    private var rows: [Row] = []

    public init(_ networks: some Sequence<AddressNetwork> = []) {
        for network in networks { insert(network) }
    }

    public var isEmpty: Bool { rows.isEmpty }

    public mutating func insert(_ network: AddressNetwork) {
        if let index = rows.firstIndex(where: { $0.family == network.family && $0.length == network.length }) {
            rows[index].prefixes.insert(network.prefix)
        } else {
            rows.append(Row(family: network.family, length: network.length, prefixes: [network.prefix]))
        }
    }

    /// Whether one of the networks has an address; the port does not matter.
    public func contains(_ address: PackedAddress) -> Bool {
        if rows.isEmpty { return false }
        let address = address.unmapped
        let number = address.number
        return rows.contains { row in
            row.family == address.family
                && row.prefixes.contains(number & AddressNetwork.mask(row.family, row.length))
        }
    }
}

extension PackedAddress.Family {
    fileprivate var bits: Int { self == .v4 ? 32 : 128 }
}

extension PackedAddress {
    /// The address in the low bits of a number.
    fileprivate var number: UInt128 { address.reduce(0) { $0 << 8 | UInt128($1) } }

    fileprivate init(_ family: Family, number: UInt128) {
        let bytes = stride(from: family.bits - 8, through: 0, by: -8).map { shift in
            UInt8(truncatingIfNeeded: number >> UInt128(shift))
        }
        self.init(family: family, port: 0, address: bytes)
    }
}
