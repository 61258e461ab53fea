// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Foundation

/// A script's text.
enum ScriptFile {
    /// The bytes of the file; a first line for the system (`#!…`) is left empty, so that lines keep their numbers.
    static func read(_ file: String) throws -> [UInt8] {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
        guard bytes.first == UInt8(ascii: "#") else { return bytes }
        return Array(bytes.drop { $0 != UInt8(ascii: "\n") })
    }
}
