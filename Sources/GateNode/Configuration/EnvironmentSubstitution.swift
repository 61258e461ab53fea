// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Replaces every `$NAME` in the raw text of a configuration file, comments and strings included, by the environment
/// variable of that name.
struct EnvironmentSubstitution {
    let environment: [String: String]

    /// - Parameter file: how the text's file is named in an error.
    func apply(to text: [UInt8], of file: String) throws(ConfigurationError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var line = 1
        var rest = text[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\n") { line += 1 }
            let name = rest.prefix(while: Self.isNameByte)
            guard byte == UInt8(ascii: "$"), !name.isEmpty else {
                result.append(byte)
                continue
            }
            let variable = String(decoding: name, as: UTF8.self)
            guard let value = environment[variable] else {
                let place = ConfigurationPlace(file: file, line: line)
                throw ConfigurationError(.missingVariable, "os.getenv() failed: \(variable)", at: place)
            }
            result.append(contentsOf: value.utf8)
            rest = rest.dropFirst(name.count)
        }
        return result
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default:
            false
        }
    }
}
