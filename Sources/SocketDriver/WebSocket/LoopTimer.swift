// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import NIOCore

/// One call at a later time, for handlers on any event loop. On our own it costs a quarter of what NIO's way does, which
/// makes a promise and a lock for each: every idle client has one of these.
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
