// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Why a synchronous call of the driver could not be granted.
public struct SocketError: Error, Equatable, CustomStringConvertible {
    /// What was asked for.
    public struct Code: Sendable, Equatable {
        private enum Base { case addressInvalid, listenFailed, datagramFailed, resolveFailed, shutDown }
        private let base: Base
        /// The text is not an address.
        public static let addressInvalid = Code(base: .addressInvalid)
        /// Binding or listening was refused.
        public static let listenFailed = Code(base: .listenFailed)
        /// A datagram socket could not be made, bound or pointed at a peer.
        public static let datagramFailed = Code(base: .datagramFailed)
        /// A host name has no address.
        public static let resolveFailed = Code(base: .resolveFailed)
        /// The driver has been shut down.
        public static let shutDown = Code(base: .shutDown)
    }

    public let code: Code
    /// A sentence for humans; for refusals of the system, the system's own text.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
