// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import HeapModule

/// Something a loop does at a later time, unless it is cancelled before; for the holder of the loop.
final class ScheduledTask {
    fileprivate var body: (() -> Void)?

    fileprivate init(_ body: @escaping () -> Void) { self.body = body }

    /// Lets go at once of what the task holds on to.
    func cancel() { body = nil }
}

/// What a loop does at a later time, earliest first, and in the order asked for where times are equal.
struct ScheduledTasks {
    private struct Entry: Comparable {
        let deadline: UInt64
        let number: UInt64
        let task: ScheduledTask

        static func < (left: Entry, right: Entry) -> Bool {
            (left.deadline, left.number) < (right.deadline, right.number)
        }
        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
    }

    private var entries = Heap<Entry>()
    private var lastNumber: UInt64 = 0
    /// The number of entries at which those that were cancelled are thrown out: time-outs that hardly ever come would
    /// gather otherwise.
    private var purgeCount = smallestPurge

    private static let smallestPurge = 1024

    /// How many there are, with those that were cancelled and not thrown out yet.
    var count: Int { entries.count }

    /// Nanoseconds of the monotonic clock at which the earliest task is due; `.max` without any.
    var next: UInt64 { entries.min?.deadline ?? .max }

    mutating func add(at deadline: UInt64, _ body: @escaping () -> Void) -> ScheduledTask {
        if entries.count >= purgeCount { purge() }
        lastNumber += 1
        let task = ScheduledTask(body)
        entries.insert(Entry(deadline: deadline, number: lastNumber, task: task))
        return task
    }

    private mutating func purge() {
        entries = Heap(entries.unordered.filter { $0.task.body != nil })
        purgeCount = max(entries.count * 2, Self.smallestPurge)
    }

    /// The next task that is due; call until it answers nil.
    mutating func popDue(at now: UInt64) -> (() -> Void)? {
        while let first = entries.min, first.deadline <= now {
            entries.removeMin()
            if let body = first.task.body.take() { return body }
        }
        return nil
    }
}
