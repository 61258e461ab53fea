// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore

/// One call at a later time, for handlers on any event loop.
///
/// Every idle client has one of these: on our own loop it does without the promise and the lock that NIO's scheduled
/// tasks need to be cancelled from any thread.
struct LoopTimer {
    private enum Task {
        case ours(ScheduledTask)
        case foreign(Scheduled<Void>)
    }

    private let task: Task

    /// `time` is nanoseconds of the clock of the loop.
    init(at time: UInt64, on loop: any EventLoop, _ body: @escaping () -> Void) {
        if let loop = loop as? SocketLoop {
            task = .ours(loop.schedule(at: time, body))
        } else {
            task = .foreign(loop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(time), body))
        }
    }

    func cancel() {
        switch task {
        case .ours(let task): task.cancel()
        case .foreign(let task): task.cancel()
        }
    }
}
