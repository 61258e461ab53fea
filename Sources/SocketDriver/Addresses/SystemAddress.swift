// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import NIOCore

/// An IPv4 or IPv6 address with a port, in the shape the system calls want.
struct SystemAddress: Sendable {
    private var storage = sockaddr_storage()
    private var length: socklen_t

    init(_ address: UnsafePointer<sockaddr>, length: socklen_t) {
        self.length = length
        withUnsafeMutableBytes(of: &storage) { target in
            let count = min(Int(length), target.count)
            target.copyMemory(from: UnsafeRawBufferPointer(start: UnsafeRawPointer(address), count: count))
        }
    }

    /// Reads an address written in numbers; nil for names.
    init?(numeric host: String, port: Int) {
        var address = [UInt8](repeating: 0, count: 16)
        let port = UInt16(truncatingIfNeeded: port)
        if inet_pton(AF_INET, host, &address) == 1 {
            self.init(PackedAddress(family: .v4, port: port, address: Array(address[..<4])))
        } else if inet_pton(AF_INET6, host, &address) == 1 {
            self.init(PackedAddress(family: .v6, port: port, address: address))
        } else {
            return nil
        }
    }

    init(_ packed: PackedAddress) {
        let family = sa_family_t(packed.family == .v4 ? AF_INET : AF_INET6)
        let offset = Self.addressOffset(packed.family)
        length = packed.family == .v4 ? 16 : 28
        withUnsafeMutableBytes(of: &storage) { bytes in
            bytes.storeBytes(of: family, as: sa_family_t.self)
            bytes.storeBytes(of: packed.port.bigEndian, toByteOffset: 2, as: UInt16.self)
            for (index, byte) in packed.address.enumerated() { bytes[offset + index] = byte }
        }
    }

    /// Where the address proper lies in `sockaddr_in` and `sockaddr_in6`. Those structures are read and written by
    /// their bytes because NIO's own C module claims their fields, and this room does not depend on that module.
    private static func addressOffset(_ family: PackedAddress.Family) -> Int {
        family == .v4 ? 4 : 8
    }

    /// What a system call writes; nil when `fill` says that it wrote nothing.
    init?(_ fill: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Bool) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let filled = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { fill($0, &length) }
        }
        guard filled else { return nil }
        self.storage = storage
        self.length = length
    }

    /// The address a descriptor is bound to.
    init?(boundTo descriptor: Int32) { self.init { getsockname(descriptor, $0, $1) == 0 } }

    /// The address of the peer of a connected descriptor.
    init?(peerOf descriptor: Int32) { self.init { getpeername(descriptor, $0, $1) == 0 } }

    var family: Int32 { Int32(storage.ss_family) }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    /// The same as a value with bytes; nil for families other than IPv4 and IPv6.
    var packed: PackedAddress? {
        guard family == AF_INET || family == AF_INET6 else { return nil }
        let family: PackedAddress.Family = family == AF_INET ? .v4 : .v6
        return withUnsafeBytes(of: storage) { bytes in
            let port = UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
            let offset = Self.addressOffset(family)
            let address = Array(bytes[offset..<offset + family.addressLength])
            return PackedAddress(family: family, port: port, address: address)
        }
    }

    var port: Int { packed.map { Int($0.port) } ?? 0 }

    /// The address without the port, in numbers.
    var host: String { packed?.host ?? "" }

    /// `ip:port`, without brackets around IPv6; empty for families other than IPv4 and IPv6.
    var text: String { packed.map { "\($0.host):\($0.port)" } ?? "" }

    /// The same for NIO; nil for families other than IPv4 and IPv6.
    var nioAddress: SocketAddress? {
        withUnsafeBytes(of: storage) { bytes in
            switch family {
            case AF_INET: SocketAddress(bytes.load(as: sockaddr_in.self), host: "")
            case AF_INET6: SocketAddress(bytes.load(as: sockaddr_in6.self), host: "")
            default: nil
            }
        }
    }
}

extension PackedAddress {
    /// The address in numbers, without the port.
    public var host: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        return address.withUnsafeBytes { bytes in
            text.withUnsafeMutableBufferPointer { buffer in
                let family = family == .v4 ? AF_INET : AF_INET6
                guard inet_ntop(family, bytes.baseAddress, buffer.baseAddress, socklen_t(buffer.count)) != nil,
                    let base = buffer.baseAddress
                else { return "" }
                return String(cString: base)
            }
        }
    }
}
