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

    /// The address of an endpoint that needs no look-up; nil for names.
    init?(numeric endpoint: Endpoint) {
        if endpoint.scheme == .unix {
            self.init(path: endpoint.host)
        } else {
            self.init(numeric: endpoint.host, port: endpoint.port)
        }
    }

    /// A path in the file system; nil when it does not fit into an address.
    init?(path: String) {
        length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count <= Self.longestPath, !bytes.contains(0) else { return nil }
        withUnsafeMutableBytes(of: &storage) { storage in
            storage.storeBytes(of: sa_family_t(AF_UNIX), as: sa_family_t.self)
            for (index, byte) in bytes.enumerated() { storage[2 + index] = byte }
        }
    }

    /// The bytes of the longest path of a socket, as the system limits it: one is left for the end.
    static let longestPath = 107

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

    /// The path of a socket in the file system; nil for other families, and for one without a name.
    var path: String? {
        guard family == AF_UNIX else { return nil }
        let bytes = withUnsafeBytes(of: storage) {
            Array($0[2..<max(2, min(Int(length), $0.count))].prefix { $0 != 0 })
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// The address without the port, in numbers.
    var host: String { packed?.host ?? "" }

    /// `ip:port`, without brackets around IPv6; `unix:` and the path, if it has one, for a socket in the file system.
    var text: String {
        if let packed { return "\(packed.host):\(packed.port)" }
        return family == AF_UNIX ? "unix:\(path ?? "")" : ""
    }

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
