// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

/// Standard output and standard error at the end of the program.
enum StandardStreams {
    /// What scripts printed and C still buffers is written at the end of the process: into nothing, where a reader that
    /// is stuck would keep the process from ending.
    static func letGoOfStuck() {
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&request, 1, 0) == 1 { continue }
            let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
            dup2(nowhere, descriptor)
            close(nowhere)
        }
    }
}
