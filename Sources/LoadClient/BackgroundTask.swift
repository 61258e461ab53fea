// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

/// A thread that does one thing and can be waited for.
struct BackgroundTask {
    typealias Work = @Sendable () -> Void

    private var thread = pthread_t()

    init(_ work: @escaping Work) {
        // The new thread takes the work out of this box and frees it.
        let box = UnsafeMutablePointer<Work>.allocate(capacity: 1)
        box.initialize(to: work)
        let result = pthread_create(
            &thread,
            nil,
            { context in
                guard let box = context?.assumingMemoryBound(to: Work.self) else { return nil }
                let work = box.move()
                box.deallocate()
                work()
                return nil
            },
            box
        )
        precondition(result == 0, "The system refused one more thread.")
    }

    /// Returns when the work is done; to be called once.
    func wait() {
        pthread_join(thread, nil)
    }
}
