// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import DequeModule
internal import Glibc
internal import Synchronization

/// Lines typed by the user, read by a thread of their own so that a client can look for them without waiting.
///
/// The thread starts with the first look, so that a script that never looks may run without a terminal. When input
/// ends, or nobody takes what is typed, the process ends with status 1.
final class StandardInput: Sendable {
    static let shared = StandardInput()

    private static let greatestBacklog = 1024
    private let lines = Mutex<Deque<String>>([])

    private init() {
        var thread = pthread_t()
        pthread_create(
            &thread,
            nil,
            { _ in
                StandardInput.shared.readAll()
                return nil
            },
            nil
        )
        pthread_detach(thread)
    }

    /// The oldest line that was not taken yet.
    func next() -> String? { lines.withLock { $0.popFirst() } }

    private func readAll() {
        while let line = readLine() {
            let backlog = lines.withLock { lines in
                lines.append(line)
                return lines.count
            }
            if backlog >= Self.greatestBacklog { break }
        }
        fflush(nil)
        _exit(1)
    }
}
