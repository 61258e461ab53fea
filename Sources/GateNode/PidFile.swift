// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import NodeFiles

/// The file that tells the world which process a node in the background is, and that there is only one.
///
/// It stays locked as long as its process lives, so a file that outlived its process claims nothing.
public struct PidFile: ~Copyable {
    private let path: String
    private let descriptor: Int32

    /// Makes the file this process's own, or says whose it is.
    public init(claiming path: String) throws(DaemonError) {
        let descriptor: Int32
        do throws(NodeFileError) { descriptor = try NodeFile.processID(path) } catch {
            throw DaemonError(text: "Can't open \(path): \(error.reason)")
        }
        let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
        let holder = Self.holder(descriptor)
        if !isLocked || Self.isAlive(holder) {
            close(descriptor)
            throw DaemonError(text: "Skynet is already running, pid = \(holder).")
        }
        let text = "\(getpid())\n"
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.utf8.count, 0) == text.utf8.count else {
            let error = DaemonError(cannot: "write", path)
            close(descriptor)
            throw error
        }
        self.path = path
        self.descriptor = descriptor
    }

    /// Deletes the file; its process is about to end.
    public consuming func remove() {
        unlink(path)
        close(descriptor)
    }

    /// The process id in the file; 0 if there is none.
    private static func holder(_ descriptor: Int32) -> pid_t {
        var text = [UInt8](repeating: 0, count: 32)
        let count = max(0, pread(descriptor, &text, text.count, 0))
        return pid_t(String(decoding: text[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)) ?? 0
    }

    private static func isAlive(_ process: pid_t) -> Bool {
        process > 0 && process != getpid() && (kill(process, 0) == 0 || errno == EPERM)
    }
}
