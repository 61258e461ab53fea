// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// The environment variables this process was started with.
public enum ProcessEnvironment {
    /// Values by name; of a name that is there twice the first counts, as for `getenv`.
    public static var variables: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let words = String(cString: text).utf8.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = String(Substring(words[0]))
            if words.count == 2, variables[name] == nil { variables[name] = String(Substring(words[1])) }
            entry = entry.successor()
        }
        return variables
    }
}
