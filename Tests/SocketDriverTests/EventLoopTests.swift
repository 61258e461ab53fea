// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import NIOCore
import Synchronization
import Testing

@testable import SocketDriver

/// Things in the order in which they happened.
final class Journal<Entry: Sendable>: Sendable {
    private let list = Mutex<[Entry]>([])
    func append(_ entry: Entry) { list.withLock { $0.append(entry) } }
    var entries: [Entry] { list.withLock { $0 } }
}

extension SocketTests {
    @Suite struct EventLoops {
        private struct TestError: Error {}

        @Test func execute_runsInOrderAndNeverWithinTheCall() async throws {
            try await ChannelRig.run { rig in
                let journal = Journal<Int>()
                let loop = rig.loop
                try await loop.submit {
                    loop.execute {
                        journal.append(2)
                        loop.execute { journal.append(4) }
                    }
                    loop.execute { journal.append(3) }
                    journal.append(1)
                }.get()
                // The first may have come before what a task asked for.
                try await loop.submit {}.get()
                try await loop.submit {}.get()
                #expect(journal.entries == [1, 2, 3, 4])
            }
        }

        @Test func inEventLoop_isFalseWhileServicesRun() {
            let loop = SocketLoop(number: 0)
            let journal = Journal<Bool>()
            #expect(!loop.inEventLoop)
            loop.adopt()
            #expect(loop.inEventLoop)
            loop.execute { journal.append(loop.inEventLoop) }
            let isHeld = loop.turn {
                journal.append(loop.inEventLoop)
                // Asked for by a service: done by the holder before the pass ends.
                loop.execute { journal.append(loop.inEventLoop) }
                return .idle
            }
            #expect(isHeld && loop.inEventLoop)
            loop.resign()
            #expect(!loop.inEventLoop)
            #expect(journal.entries == [true, false, true])
        }

        @Test func scheduledTasks_runByDeadlineAndThenInTheOrderAskedFor() async throws {
            try await ChannelRig.run { rig in
                let journal = Journal<Int>()
                let base = NIODeadline.now() + .milliseconds(20)
                let tasks = [(30, 5), (10, 2), (10, 3), (20, 4), (0, 1)].map { delay, entry in
                    rig.loop.scheduleTask(deadline: base + .milliseconds(Int64(delay))) {
                        rig.loop.assertInEventLoop()
                        #expect(NIODeadline.now() >= base + .milliseconds(Int64(delay)))
                        journal.append(entry)
                        return entry
                    }
                }
                _ = try await EventLoopFuture.whenAllSucceed(tasks.map(\.futureResult), on: rig.loop).get()
                #expect(journal.entries == [1, 2, 3, 4, 5])
            }
        }

        @Test func scheduledTask_thatThrows_failsItsFuture() async throws {
            try await ChannelRig.run { rig in
                let task = rig.loop.scheduleTask(in: .milliseconds(1)) { throw TestError() }
                await #expect(throws: TestError.self) { try await task.futureResult.get() }
            }
        }

        @Test(arguments: [true, false])
        func cancelledTask_neverRunsAndLetsGoOfWhatItHolds(fromTheLoop: Bool) async throws {
            try await ChannelRig.run { rig in
                final class Held: Sendable {}
                let loop = rig.loop
                var held: Held? = Held()
                weak let watched = held
                let task = loop.scheduleTask(in: .hours(1)) { [held] in withExtendedLifetime(held) {} }
                held = nil
                #expect(watched != nil)
                if fromTheLoop { try await loop.submit { task.cancel() }.get() } else { task.cancel() }
                await #expect(throws: EventLoopError.cancelled) { try await task.futureResult.get() }
                try await loop.submit {}.get()
                #expect(watched == nil)
                // Cancelling again, or what has run, does nothing.
                task.cancel()
                let done = loop.scheduleTask(in: .zero) { 7 }
                let seven = try await done.futureResult.get()
                #expect(seven == 7)
                done.cancel()
            }
        }

        @Test func cancelledTasks_doNotGather() {
            var tasks = ScheduledTasks()
            let kept = (0..<100).map { tasks.add(at: 1_000_000 + $0) {} }
            for number in 0..<100_000 { tasks.add(at: 2_000_000 + UInt64(number)) {}.cancel() }
            #expect(tasks.count < 4096)
            var ran = 0
            while let task = tasks.popDue(at: .max) {
                task()
                ran += 1
            }
            #expect(ran == kept.count && tasks.count == 0 && tasks.next == .max)
        }

        @Test func repeatedTask_runsUntilCancelled() async throws {
            try await ChannelRig.run { rig in
                let journal = Journal<Int>()
                let promise = rig.loop.makePromise(of: Void.self)
                rig.loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(1), notifying: promise) {
                    task in
                    journal.append(1)
                    if journal.entries.count == 3 { task.cancel() }
                }
                try await promise.futureResult.get()
                #expect(journal.entries.count == 3)
            }
        }

        @Test func futures_hopBetweenLoops() async throws {
            try await ChannelRig.run { first in
                try await ChannelRig.run { second in
                    let future = first.loop.submit { 1 }
                        .hop(to: second.loop)
                        .map { value in
                            second.loop.preconditionInEventLoop()
                            return value + 1
                        }
                        .flatMap { value in first.loop.makeSucceededFuture(value * 10) }
                        .hop(to: second.loop)
                        .flatMapThrowing { value in
                            if value == 20 { throw TestError() }
                            return value
                        }
                    await #expect(throws: TestError.self) { try await future.get() }
                    let three = try await first.loop.makeSucceededVoidFuture().map { 3 }.get()
                    #expect(three == 3)
                }
            }
        }

        @Test func executor_runsTasksOnTheLoop() async throws {
            try await ChannelRig.run { rig in
                actor LoopActor {
                    let loop: SocketLoop
                    init(_ loop: SocketLoop) { self.loop = loop }
                    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }
                    func isOnLoop() -> Bool { loop.inEventLoop }
                }
                #expect(await LoopActor(rig.loop).isOnLoop())
            }
        }

        @Test func shutdownGracefully_isRefused() async throws {
            try await ChannelRig.run { rig in
                await #expect(throws: EventLoopError.unsupportedOperation) { try await rig.loop.shutdownGracefully() }
                let one = try await rig.loop.submit { 1 }.get()
                #expect(one == 1)
            }
        }

        /// Each task asks for the next one; sockets and other tasks have their turn all the same.
        @Test func endlessTasks_starveNobody() async throws {
            try await ChannelRig.run { rig in
                let isOver = Journal<Void>()
                let loop = rig.loop
                @Sendable func again() {
                    if isOver.entries.isEmpty { loop.execute { again() } }
                }
                @Sendable func againDue() {
                    if isOver.entries.isEmpty { loop.scheduleTask(deadline: .uptimeNanoseconds(0)) { againDue() } }
                }
                again()
                againDue()
                let (channel, peer) = try await rig.channel { try $0.pipeline.syncOperations.addHandler(Echo()) }
                try peer.send([1, 2, 3])
                #expect(try peer.receive(3) == [1, 2, 3])
                let five = try await loop.scheduleTask(in: .milliseconds(1)) { 5 }.futureResult.get()
                #expect(five == 5)
                isOver.append(())
                try await channel.close().get()
            }
        }
    }
}
