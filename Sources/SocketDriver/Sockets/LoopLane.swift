// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore
import Synchronization

/// The way from any thread to the sockets of one event loop.
///
/// Whatever threads ask for is collected here, and one task of the loop does all of it: many sends and commands of one
/// turn cost one task, and everything sent to a socket in a turn leaves in one write. When the caller runs on the loop
/// itself, which is the usual case, that task follows right after the caller's and nobody has to be woken.
final class LoopLane: Sendable {
    /// The place of the loop in the list the driver was made with.
    let number: Int
    let eventLoop: any EventLoop
    private let line: NIOLoopBoundBox<PartingLine>

    private struct Agenda: Sendable {
        var entries: [Entry] = []
        var dirty: [any DriverSocket] = []
        var spare: [StagedOutput] = []
        /// Emptied lists of earlier turns, kept for their storage.
        var spareEntries: [Entry] = []
        var spareDirty: [any DriverSocket] = []
        var isScheduled = false

        /// True for the caller that has to schedule the task.
        mutating func claimScheduling() -> Bool {
            defer { isScheduled = true }
            return !isScheduled
        }

        mutating func take() -> ([Entry], [any DriverSocket]) {
            isScheduled = false
            let work = (entries, dirty)
            entries = exchange(&spareEntries, with: [])
            dirty = exchange(&spareDirty, with: [])
            return work
        }
    }

    private enum Entry: Sendable {
        case command(any DriverSocket, SocketCommand)
        case task(@Sendable () -> Void)
    }

    private let agenda = Mutex(Agenda())

    init(number: Int, eventLoop: any EventLoop, sink: any SocketEventSink) {
        self.number = number
        self.eventLoop = eventLoop
        let partings = PartingLine(eventLoop: eventLoop, sink: sink)
        self.line = NIOLoopBoundBox.makeBoxSendingValue(partings, eventLoop: eventLoop)
    }

    // MARK: Any thread

    func post(_ command: SocketCommand, to socket: any DriverSocket) {
        socket.expect(command)
        enqueue(.command(socket, command))
    }

    /// Runs `task` on the loop, in order with commands.
    func run(_ task: @escaping @Sendable () -> Void) {
        enqueue(.task(task))
    }

    private func enqueue(_ entry: Entry) {
        let mustSchedule = agenda.withLock { agenda in
            agenda.entries.append(entry)
            return agenda.claimScheduling()
        }
        if mustSchedule { schedule() }
    }

    /// Notes that a socket has staged its first bytes and lends it storage for them. The caller holds the lock of the
    /// socket (the order is always socket, then lane), lets go of it, and then calls `schedule` if told so.
    @inline(__always)
    func borrow(for socket: any DriverSocket) -> (storage: StagedOutput, mustSchedule: Bool) {
        agenda.withLock { agenda in
            agenda.dirty.append(socket)
            return (agenda.spare.popLast() ?? StagedOutput(), agenda.claimScheduling())
        }
    }

    func schedule() {
        eventLoop.execute { self.turn() }
    }

    // MARK: On the loop

    /// The peers that left and have not been told of.
    var partings: PartingLine { line.value }

    private func turn() {
        var (entries, dirty) = agenda.withLock { $0.take() }
        for entry in entries {
            switch entry {
            case .command(let socket, let command): socket.perform(command)
            case .task(let task): task()
            }
        }
        for socket in dirty { socket.flush() }
        entries.removeAll(keepingCapacity: entries.capacity <= 1024)
        dirty.removeAll(keepingCapacity: dirty.capacity <= 1024)
        agenda.withLock { agenda in
            agenda.spareEntries = entries
            agenda.spareDirty = dirty
        }
    }

    /// Takes storage back after a flush.
    @inline(__always)
    func giveBack(_ storage: consuming StagedOutput) {
        var storage = storage
        guard storage.reset() else { return }
        agenda.withLock { agenda in
            if agenda.spare.count < 256 { agenda.spare.append(storage) }
        }
    }
}
