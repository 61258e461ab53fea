// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// The timers of a kernel, and who delivers them.
struct PendingTimers {
    var queue = TimerQueue()
    /// One worker at a time delivers, or two could overtake each other.
    var isFiring = false
    /// What is left of a tick that had more timers than one run delivers.
    var rest: ArraySlice<TimerQueue.Timer> = []

    /// False when another worker is at it.
    mutating func beginFiring() -> Bool {
        defer { isFiring = true }
        return !isFiring
    }

    mutating func takeDue(at tick: UInt64) -> TimerQueue.Timer? {
        if rest.isEmpty { rest = (queue.popDue(at: tick) ?? [])[...] }
        return rest.popFirst()
    }
}

extension Kernel {
    /// Delivers an empty response with `session` after `ticks`, at once if that is not positive.
    public func startTimer(_ ticks: Int, session: Int32, for handle: ServiceHandle, from worker: Worker?) {
        if ticks <= 0 {
            send(Message(type: .response, source: .none, session: session), to: handle, from: worker)
            return
        }
        let due = clock.now + UInt64(ticks)
        let deadline = clock.nanoseconds(ofTick: due)
        let isEarliest = timers.withLock { timers in
            timers.queue.add(TimerQueue.Timer(handle: handle, session: session), at: due)
            let isEarliest = deadline < timerDeadline.load(ordering: .relaxed)
            if isEarliest { timerDeadline.store(deadline, ordering: .relaxed) }
            return isEarliest
        }
        if isEarliest { armTimer(on: worker ?? workers[0]) }
    }

    /// Delivers the timers that are due, tick by tick, up to so many in one run.
    ///
    /// - Returns: whether some of those that are due are left for the next run.
    func fireTimers(now: UInt64, on worker: Worker) -> Bool {
        if now < timerDeadline.load(ordering: .relaxed) { return false }
        // Whoever is at it finds the next deadline afterwards, with what was added meanwhile.
        guard timers.withLock({ $0.beginFiring() }) else { return false }
        let tick = clock.tick(at: now)
        var left = Self.timersOfRun
        while left > 0, let timer = timers.withLock({ $0.takeDue(at: tick) }) {
            left -= 1
            send(Message(type: .response, source: .none, session: timer.session), to: timer.handle, from: worker)
        }
        let deadline = timers.withLock { timers in
            // What is left is due now; the next run, of whatever worker, goes on with it.
            let deadline = timers.rest.isEmpty ? timers.queue.next.map(clock.nanoseconds(ofTick:)) ?? .max : now
            timerDeadline.store(deadline, ordering: .relaxed)
            timers.isFiring = false
            return deadline
        }
        armTimer(on: worker)
        return deadline <= now
    }

    /// Enough for any ordinary tick, and a fraction of a millisecond's work.
    private static let timersOfRun = 1000

    /// The worker that knows of the earliest timer is the one that wakes for it.
    private func armTimer(on worker: Worker) {
        var deadline: UInt64
        repeat {
            deadline = timerDeadline.load(ordering: .sequentiallyConsistent)
            if deadline == .max { return }
            let now = KernelClock.nanoseconds
            worker.wake(after: deadline > now ? deadline - now : 1)
            // Two threads may arm the same worker at once, and the later deadline may be the last to arrive there.
        } while timerDeadline.load(ordering: .sequentiallyConsistent) != deadline
    }
}
