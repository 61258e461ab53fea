// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The address of a service: the high 8 bits name the node (harbor), the low 24 bits the service. 0 is nobody.
@frozen public struct ServiceHandle: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt32

    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The source of timers, socket events and the kernel's own messages.
    public static let none = ServiceHandle(rawValue: 0)

    @inlinable public var harbor: UInt8 { UInt8(truncatingIfNeeded: rawValue >> 24) }

    @inlinable public var local: UInt32 { rawValue & 0xFF_FFFF }
}
