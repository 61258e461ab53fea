// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// For what cannot be said in the log.
public enum StandardError {
    /// Writes a line, unless nobody takes it: a reader that is stuck must not hold up whoever has something to say.
    public static func say(_ line: String) {
        var request = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&request, 1, 0) == 1, request.revents & Int16(POLLOUT) != 0 else { return }
        let text = line + "\n"
        _ = write(STDERR_FILENO, text, text.utf8.count)
    }
}
