// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// Patterns of files with a mark for a module's name, as `package.path` has them.
package struct SearchPath: Sendable {
    package let patterns: [Substring]

    package init(_ text: String) { patterns = text.split(separator: ";") }

    /// The files a module may be in, in the order they are looked for; dots in its name are directories.
    package func candidates(for name: String) -> [String] {
        let file = name.replacingDots(with: "/")
        return patterns.map { $0.split(separator: "?", omittingEmptySubsequences: false).joined(separator: file) }
    }

    static func isReadable(_ file: String) -> Bool { access(file, R_OK) == 0 }
}

extension String {
    func replacingDots(with separator: String) -> String {
        split(separator: ".", omittingEmptySubsequences: false).joined(separator: separator)
    }
}
