// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The directory that names in `include` are relative to: that of the file being read, by its spelling.
struct IncludeDirectory: Equatable {
    /// Ends in a slash.
    let path: String

    static let initial = IncludeDirectory(path: "./")

    /// Where a file of this name is, and the directory that holds while it is read.
    func resolve(_ name: String) -> (file: String, directory: IncludeDirectory) {
        guard let slash = name.lastIndex(of: "/") else { return (path + name, self) }
        let folder = String(name[...slash])
        let directory = IncludeDirectory(path: folder.hasPrefix("/") ? folder : path + folder)
        return (directory.path + name[name.index(after: slash)...], directory)
    }
}
