// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import Dispatch
public import NIOCore
internal import Synchronization

/// To SwiftNIO a loop is an event loop, so that NIO's protocol handlers run on it.
///
/// The rule for them is the rule of the loop: **what a handler owns is touched by the holder only.** Handlers, the
/// callbacks of futures and the tasks given to ``execute(_:)`` run while the loop is held and at no other time. While
/// services run nobody is in the event loop, not even the thread that held it a moment ago: what it asks of a channel
/// then goes through the inbox, as it does from any foreign thread.
extension SocketLoop: EventLoop {
    public var inEventLoop: Bool { isHeld }

    /// Runs `task` on the loop, in the order asked for, never within the call.
    public func execute(_ task: @escaping @Sendable () -> Void) { run(task) }

    /// The earliest deadline first; tasks of equal deadlines, or of past ones, in the order asked for.
    @discardableResult
    public func scheduleTask<T>(
        deadline: NIODeadline,
        _ task: @escaping @Sendable () throws -> T
    ) -> Scheduled<T> {
        let promise = makePromise(of: T.self)
        let call = CancellableCall {
            // Not `completeWith`, whose result would have to be sendable.
            do { promise.assumeIsolated().succeed(try task()) } catch { promise.fail(error) }
        }
        let place = NIOLoopBoundBox.makeEmptyBox(valueType: ScheduledTask.self, eventLoop: self)
        // A deadline that lay before all others would let a task which asks for itself again starve them.
        let time = max(deadline, .now()).uptimeNanoseconds
        onLoop { place.value = self.schedule(at: time) { call.run() } }
        return Scheduled(promise: promise) {
            call.cancel()
            self.onLoop { place.value?.cancel() }
        }
    }

    @discardableResult
    public func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        scheduleTask(deadline: .now() + delay, task)
    }

    /// Refuses: the loop belongs to whoever drives it, and ends with him.
    public func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        queue.async { callback(EventLoopError.unsupportedOperation) }
    }

    /// At once for the holder, in a moment for anybody else.
    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if isHeld { body() } else { run(body) }
    }
}

/// A call that any thread may cancel before it has begun, which lets go of all it would have used.
private final class CancellableCall: Sendable {
    private let body: Mutex<(@Sendable () -> Void)?>

    init(_ body: @escaping @Sendable () -> Void) { self.body = Mutex(body) }

    func run() { take()?() }

    func cancel() { _ = take() }

    private func take() -> (@Sendable () -> Void)? { body.withLock { $0.take() } }
}
