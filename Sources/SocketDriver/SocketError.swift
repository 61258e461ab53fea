// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Why a synchronous call of the driver could not be granted.
public struct SocketError: Error, Equatable, CustomStringConvertible {
    /// A sentence for humans; for refusals of the system, the system's own text.
    public let description: String

    init(_ description: String) { self.description = description }
}
