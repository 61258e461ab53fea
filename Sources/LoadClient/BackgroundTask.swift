// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

/// A thread that does one thing and can be waited for.
final class BackgroundTask {
    private let work: @Sendable () -> Void
    private var thread = pthread_t()

    init(_ work: @escaping @Sendable () -> Void) {
        self.work = work
        // The thread borrows this object; wait() keeps it alive until the thread has ended.
        let context = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(
            &thread,
            nil,
            { context in
                if let context { Unmanaged<BackgroundTask>.fromOpaque(context).takeRetainedValue().work() }
                return nil
            },
            context
        )
        precondition(result == 0, "The system refused one more thread.")
    }

    /// Returns when the work is done; to be called once.
    func wait() {
        pthread_join(thread, nil)
    }
}
