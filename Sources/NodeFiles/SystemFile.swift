// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// What a node asks the file system for by name.
///
/// Foundation has all of it, and 40 MB more; so the few calls are made here.
public enum SystemFile {
    /// Whether there is a file or a directory of this name.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The bytes of a file; nil leaves the reason in `errno`, hence nothing else may happen in between.
    public static func contents(of path: String) -> [UInt8]? {
        guard let stream = fopen(path, "rb") else { return nil }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&block, 1, block.count, stream), count > 0 { bytes += block[..<count] }
        let reason = ferror(stream) == 0 ? 0 : errno
        fclose(stream)
        errno = reason
        return reason == 0 ? bytes : nil
    }

    /// The names in a directory, `.` and `..` among them; none if it cannot be read.
    public static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            )
        }
        return names
    }

    /// What a symbolic link points at; nil if it is none.
    public static func destination(of link: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = bytes.withUnsafeMutableBytes { readlink(link, $0.baseAddress!, $0.count) }
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// The path from the root, without `.`, `..` and a slash at the end; goes by spelling, links are not followed.
    public static func absolute(_ path: String) -> String {
        let slash = UInt8(ascii: "/")
        let full = path.utf8.first == slash ? path : "\(workingDirectory)/\(path)"
        var parts: [Substring] = []
        for part in full.utf8.split(separator: slash).map(Substring.init) where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// Where paths without a slash at the start begin.
    public static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }
}
