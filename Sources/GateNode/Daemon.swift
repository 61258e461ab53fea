// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
internal import NodeFiles

/// A node in the background: the command starts itself a second time and leaves when that copy is on its own.
///
/// `fork` alone would copy one thread of a program that has several, with whatever locks the others hold; a program
/// that is started afresh has no such past.
public enum Daemon {
    /// Set in the copy that is to run in the background.
    private static let marker = "SWIFTGATE_DAEMON"
    /// What the copy writes when it is detached and its starter may exit; no message contains it.
    private static let detachedMark: UInt8 = 0

    /// Whether this process is the copy that runs in the background.
    public static var isBackground: Bool { getenv(marker) != nil }

    /// Starts the copy and passes on what it has to say until it is on its own.
    ///
    /// - Returns: 0, or the exit status of a copy that ended instead.
    public static func start() throws(DaemonError) -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw DaemonError(cannot: "open", "a pipe") }
        keepDescriptorsFromCopies()
        defer { close(ends[0]) }
        let copy = try spawn(standardError: ends[1])
        close(ends[1])
        let said = readAll(ends[0])
        if said.last == detachedMark { return 0 }
        write(STDERR_FILENO, said, said.count)
        var status: Int32 = 0
        waitpid(copy, &status, 0)
        return max(1, (status >> 8) & 0xff)
    }

    /// Cuts the copy's last ties, to the terminal and to whoever started it: from here on it is on its own.
    public static func detach() {
        unsetenv(marker)
        setsid()
        var word = detachedMark
        write(STDERR_FILENO, &word, 1)
        let nowhere = open("/dev/null", O_RDWR)
        dup2(nowhere, STDERR_FILENO)
        close(nowhere)
    }

    private static func spawn(standardError: Int32) throws(DaemonError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, standardError, STDERR_FILENO)

        setenv(marker, "1", 1)
        defer { unsetenv(marker) }
        var copy: pid_t = 0
        let program = Installation.runningExecutable
        let outcome = posix_spawn(&copy, program, &actions, nil, CommandLine.unsafeArgv, environ)
        guard outcome == 0 else { throw DaemonError(cannot: "start", program, outcome) }
        return copy
    }

    /// Whatever this process was given, its copy would keep open as long as it lives, and somebody may wait for the end.
    private static func keepDescriptorsFromCopies() {
        for descriptor in SystemFile.names(in: "/proc/self/fd").compactMap({ Int32($0) })
        where descriptor > STDERR_FILENO {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    private static func readAll(_ descriptor: Int32) -> [UInt8] {
        var text: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1024)
        while true {
            let count = read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { return text }
            text += block[..<count]
        }
    }
}

/// Why a node cannot run in the background.
public struct DaemonError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A sentence for humans.
    public let text: String

    public var description: String { text }

    init(text: String) { self.text = text }

    init(cannot act: String, _ subject: String, _ code: Int32 = errno) {
        text = "Can't \(act) \(subject): \(String(cString: strerror(code)))"
    }
}
