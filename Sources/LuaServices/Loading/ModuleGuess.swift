// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NodeFiles

/// Which module somebody may have meant who asked for one that is not there.
enum ModuleGuess {
    /// No name of a module is longer, and the work grows with the square.
    private static let longestName = 100

    /// The nearest name among the modules of the program and the files of the paths.
    static func nearest(to name: String, natives: some Sequence<String>, paths: [SearchPath]) -> String? {
        guard name.utf8.count <= longestName else { return nil }
        // The old names and the new ones are far apart, but known.
        let full = "skynet.\(name)"
        if natives.contains(full) || paths.contains(where: { has(full, on: $0) }) { return full }
        let files = paths.flatMap { path in path.patterns.flatMap { names(on: $0, near: name) } }
        return NearName.nearest(to: name, among: Array(natives).sorted() + files)
    }

    private static func has(_ name: String, on path: SearchPath) -> Bool {
        path.candidates(for: name).contains(where: SearchPath.isReadable)
    }

    /// Names like `name` of modules that one pattern leads to: each part is looked for in the directory of the parts
    /// before it.
    private static func names(on pattern: Substring, near name: String) -> [String] {
        guard let mark = pattern.firstIndex(of: "?"), pattern[..<mark].hasSuffix("/") else { return [] }
        let (root, ending) = (String(pattern[..<mark]), String(pattern[pattern.index(after: mark)...]))
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        var found = [""]
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            found = found.flatMap { parent in
                SystemFile.names(in: root + parent.replacingDots(with: "/"))
                    .filter { !$0.hasPrefix(".") }
                    .map { isLast && $0.hasSuffix(ending) ? String($0.dropLast(ending.utf8.count)) : $0 }
                    .filter { NearName.isNear(part, to: $0) }
                    .map { parent + $0 + (isLast ? "" : ".") }
            }
        }
        return found.filter { SearchPath.isReadable(root + $0.replacingDots(with: "/") + ending) }
    }
}
