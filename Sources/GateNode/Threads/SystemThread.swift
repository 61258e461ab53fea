// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc

/// A thread of the operating system that nobody waits for.
enum SystemThread {
    private final class Body {
        let name: String
        let run: @Sendable () -> Void
        init(_ name: String, _ run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Runs `body` on a thread of its own. `name`, of at most 15 bytes, is what `top` and debuggers call it.
    ///
    /// - Returns: false when the system has no more threads.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        // Unmanaged: the thread takes over the one count that is given to it.
        let argument = Unmanaged.passRetained(Body(name, body)).toOpaque()
        let status = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                SystemThread.nameThread(body.name)
                body.run()
                return nil
            },
            argument
        )
        if status != 0 { Unmanaged<Body>.fromOpaque(argument).release() }
        return status == 0
    }

    /// `pthread_setname_np` is none of the functions Swift sees.
    private static func nameThread(_ name: String) {
        guard let file = fopen("/proc/thread-self/comm", "w") else { return }
        fputs(name, file)
        fclose(file)
    }
}
