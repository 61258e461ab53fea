// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Why a configuration cannot be used: one sentence that names the file, the line and the key as far as they are known.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of thing is wrong; further kinds may be added.
    public struct Code: Equatable, Sendable {
        private enum Kind { case unreadableFile, missingVariable, invalidLua, invalidKey, invalidValue, noInstallation }

        private let kind: Kind

        /// A file cannot be opened or read.
        public static let unreadableFile = Code(kind: .unreadableFile)
        /// A `$NAME` has no environment variable.
        public static let missingVariable = Code(kind: .missingVariable)
        /// The file is not valid Lua, or raised an error.
        public static let invalidLua = Code(kind: .invalidLua)
        /// A key is not a string, or an override is not `key=value`.
        public static let invalidKey = Code(kind: .invalidKey)
        /// A key has a value of the wrong type or out of range.
        public static let invalidValue = Code(kind: .invalidValue)
        /// A key was left out whose default needs an installation, and none was found.
        public static let noInstallation = Code(kind: .noInstallation)
    }

    public let code: Code
    public let place: ConfigurationPlace?
    public let key: String?
    public let text: String

    init(_ code: Code, _ text: String, at place: ConfigurationPlace? = nil, key: String? = nil) {
        self.code = code
        self.text = text
        self.place = place
        self.key = key
    }

    public var description: String {
        [place?.description, key, text].compactMap { $0 }.joined(separator: ": ")
    }
}

/// Where in the configuration something was said.
public struct ConfigurationPlace: Equatable, Sendable, CustomStringConvertible {
    /// The file as it was named, or `--set`.
    public let file: String
    public let line: Int?

    public init(file: String, line: Int? = nil) {
        self.file = file
        self.line = line
    }

    public var description: String { line.map { "\(file):\($0)" } ?? file }
}
