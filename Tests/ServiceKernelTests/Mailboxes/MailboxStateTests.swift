// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import ServiceKernel
import Testing

@Suite struct MailboxStateTests {
    private static var idle: MailboxState {
        var state = MailboxState()
        _ = state.started(waiting: false)
        return state
    }

    private static var queued: MailboxState {
        var state = idle
        _ = state.delivered()
        return state
    }

    private static var running: MailboxState {
        var state = queued
        state.began()
        return state
    }

    @Test func `a new service waits for its first message`() {
        var state = MailboxState()
        #expect(state.started(waiting: false) == .nothing)
        #expect(state.delivered() == .enqueue)
    }

    @Test func `what came before the service was made queues it when it is`() {
        var state = MailboxState()
        #expect(state.delivered() == .nothing)
        #expect(state.started(waiting: true) == .enqueue)
        #expect(state.delivered() == .nothing)
    }

    @Test func `one message queues an idle service, further ones do not`() {
        var state = Self.idle
        #expect(state.delivered() == .enqueue)
        #expect(state.delivered() == .nothing)
        state.began()
        #expect(state.delivered() == .nothing)
    }

    @Test func `a turn ends idle, or queued when more is left`() {
        var state = Self.running
        #expect(state.ended(more: false) == .nothing)
        #expect(state.delivered() == .enqueue)
        state = Self.running
        #expect(state.ended(more: true) == .enqueue)
        #expect(state.delivered() == .nothing)
        state.began()
    }

    @Test func `an idle service that is retired gets one last turn`() {
        var state = Self.idle
        #expect(state.retire() == .enqueue)
        #expect(state.isRetired)
        #expect(state.delivered() == .reject)
        state.began()
        #expect(state.delivered() == .reject)
        #expect(state.ended(more: false) == .retire)
    }

    @Test func `a queued service that is retired goes in its next turn`() {
        var state = Self.queued
        #expect(state.retire() == .nothing)
        state.began()
        #expect(state.ended(more: true) == .retire)
    }

    @Test func `a running service that is retired goes at the end of its turn`() {
        var state = Self.running
        #expect(state.retire() == .nothing)
        #expect(state.delivered() == .reject)
        #expect(state.ended(more: true) == .retire)
    }

    @Test func `a service retired while it is made goes when it is`() {
        var state = MailboxState()
        #expect(state.retire() == .nothing)
        #expect(state.delivered() == .reject)
        #expect(state.started(waiting: false) == .enqueue)
        state.began()
        #expect(state.ended(more: false) == .retire)
    }

    @Test func `retiring twice is retiring once`() {
        var state = Self.idle
        #expect(state.retire() == .enqueue)
        #expect(state.retire() == .nothing)
    }

    @Test func `being started twice is a mistake of the caller`() async {
        await #expect(processExitsWith: .failure) {
            var state = MailboxState()
            _ = state.started(waiting: false)
            _ = state.started(waiting: false)
        }
    }

    @Test func `being run by two workers is a mistake of the caller`() async {
        await #expect(processExitsWith: .failure) {
            var state = MailboxState()
            _ = state.started(waiting: true)
            state.began()
            state.began()
        }
    }

    @Test func `being run without being queued is a mistake of the caller`() async {
        await #expect(processExitsWith: .failure) {
            var state = MailboxState()
            _ = state.started(waiting: false)
            state.began()
        }
    }

    @Test func `ending a turn that had not begun is a mistake of the caller`() async {
        await #expect(processExitsWith: .failure) {
            var state = MailboxState()
            _ = state.started(waiting: true)
            _ = state.ended(more: false)
        }
    }
}
