// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Why a run gave no figures.
public struct LoadError: Error, Sendable, CustomStringConvertible {
    /// What kind of thing went wrong.
    public struct Code: Sendable, Hashable {
        fileprivate enum Value { case badConfiguration, system, closed, silent, badReply, noProcess }
        fileprivate let value: Value

        /// The configuration asks for something that cannot be.
        public static let badConfiguration = Code(value: .badConfiguration)
        /// A system call failed.
        public static let system = Code(value: .system)
        /// The server ended a connection that was to stay.
        public static let closed = Code(value: .closed)
        /// The server sent nothing within the timeout.
        public static let silent = Code(value: .silent)
        /// The server answered with something that is no echo.
        public static let badReply = Code(value: .badReply)
        /// The process to be watched cannot be read.
        public static let noProcess = Code(value: .noProcess)
    }

    public let code: Code
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
