// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// Opens the files that a node writes, so that nobody else decides where its bytes go or may change them.
///
/// New files are never writable for the world, whatever the umask is. A symbolic link is followed only when root or the
/// node's own user made it: in a directory that others may write to, anybody could plant one that leads elsewhere.
public enum NodeFile {
    /// Opens a log for appending, and makes it when it is not there: the owner writes, his group may read.
    ///
    /// A FIFO is opened at both ends: its readers may come and go, and nothing waits for the first of them.
    ///
    /// - Returns: a descriptor, which children do not inherit.
    public static func log(_ path: String) throws(NodeFileError) -> Int32 {
        let access = isFIFO(path) ? O_RDWR : O_WRONLY
        return try open(path, access | O_APPEND | O_CREAT | O_CLOEXEC, mode: 0o640)
    }

    /// Opens the file of a process id for reading and writing, and makes it when it is not there: anybody may read it.
    ///
    /// - Returns: a descriptor, which children do not inherit.
    public static func processID(_ path: String) throws(NodeFileError) -> Int32 {
        try open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode: 0o644)
    }

    private static func open(_ path: String, _ flags: Int32, mode: mode_t) throws(NodeFileError) -> Int32 {
        var descriptor = Glibc.open(path, flags | O_NOFOLLOW, mode)
        // Besides a link at the end of the path, ELOOP stands for a path that is nothing but links.
        if descriptor < 0, errno == ELOOP {
            if let owner = foreignOwner(ofLink: path) {
                let reason = "it is a symbolic link of another user (uid \(owner)), which is not followed"
                throw NodeFileError(path: path, reason: reason)
            }
            descriptor = Glibc.open(path, flags, mode)
        }
        if descriptor < 0 { throw NodeFileError(path: path, reason: String(cString: strerror(errno))) }
        return descriptor
    }

    /// Who made a link, unless it was root or the user of this process.
    private static func foreignOwner(ofLink path: String) -> uid_t? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return nil }
        return [0, geteuid()].contains(status.st_uid) ? nil : status.st_uid
    }

    private static func isFIFO(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
    }
}

/// Why a file could not be opened.
public struct NodeFileError: Error, Equatable, Sendable {
    public let path: String
    /// The system's own words, where it was the system that refused.
    public let reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }
}
