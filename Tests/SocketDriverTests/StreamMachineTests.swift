// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Testing

@testable import SocketDriver

@Suite struct StreamMachineTests {
    @Test func start_byState() {
        for (phase, expected) in [
            (.closed, [.refuse(9, "invalid socket")]),
            (.peerFinished, [.refuse(9, "socket closed")]),
            (.draining, [.refuse(9, "socket closed")]),
            (.accepted, [.adopt(9), .announceConnected("start"), .resumeReading]),
            (.open, [.adopt(9), .announceConnected("transfer"), .resumeReading]),
            (.connecting, [.resumeReading]),
            (.bound, [.resumeReading]),
            (.writeFailed, [.resumeReading]),
        ] as [(StreamMachine.Phase, [SocketAction])] {
            var machine = StreamMachine(phase)
            #expect(machine.start(by: 9) == expected)
            #expect(machine.phase == (phase == .accepted ? .open : phase))
        }
    }

    @Test func part_byState() {
        for (phase, pending, expected, next) in [
            (.closed, true, [], .closed),
            (.draining, true, [.resumeReading], .draining),
            (.peerFinished, true, [.resumeReading], .draining),
            (.peerFinished, false, [.release], .closed),
            (.writeFailed, true, [.announceClosed, .release], .closed),
            (.accepted, false, [.announceClosed, .release], .closed),
            (.connecting, true, [.stopReading, .announceClosed], .draining),
            (.open, false, [.announceClosed, .release], .closed),
            (.open, true, [.announceClosed, .resumeReading], .draining),
            (.bound, false, [.announceClosed, .release], .closed),
        ] as [(StreamMachine.Phase, Bool, [SocketAction], StreamMachine.Phase)] {
            var machine = StreamMachine(phase)
            #expect(machine.drain(outputPending: pending) == expected)
            #expect(machine.phase == next)
        }
    }

    @Test func part_lastsUntilEverythingIsDelivered() {
        var machine = StreamMachine(.open)
        _ = machine.drain(outputPending: true)
        #expect(machine.drained() == [])
        #expect(machine.endOfStream() == [])
        #expect(machine.drain(outputPending: true) == [.resumeReading])
        #expect(machine.delivered() == [.release])
        #expect(machine.delivered() == [])
    }

    @Test func close_byState() {
        for (phase, pending, expected, next) in [
            (.closed, true, [], .closed),
            (.draining, true, [], .draining),
            (.peerFinished, true, [], .draining),
            (.peerFinished, false, [.release], .closed),
            (.writeFailed, true, [.announceClosed, .release], .closed),
            (.accepted, false, [.announceClosed, .release], .closed),
            (.connecting, false, [.announceClosed, .release], .closed),
            (.connecting, true, [.stopReading, .announceClosed], .draining),
            (.open, false, [.announceClosed, .release], .closed),
            (.open, true, [.stopReading, .announceClosed], .draining),
            (.bound, false, [.announceClosed, .release], .closed),
        ] as [(StreamMachine.Phase, Bool, [SocketAction], StreamMachine.Phase)] {
            var machine = StreamMachine(phase)
            #expect(machine.close(outputPending: pending) == expected, "\(phase)")
            #expect(machine.phase == next)
        }
    }

    @Test func shutdown_byState() {
        for (phase, expected) in [
            (.closed, []), (.draining, [.release]), (.peerFinished, [.release]),
            (.open, [.announceClosed, .release]), (.accepted, [.announceClosed, .release]),
            (.writeFailed, [.announceClosed, .release]), (.connecting, [.announceClosed, .release]),
        ] as [(StreamMachine.Phase, [SocketAction])] {
            var machine = StreamMachine(phase)
            #expect(machine.shutdown() == expected, "\(phase)")
            #expect(machine.phase == .closed)
        }
    }

    @Test func endOfStream_isAHalfCloseToldOnce() {
        var machine = StreamMachine(.open)
        #expect(machine.endOfStream() == [.announceClosed])
        #expect(machine.phase == .peerFinished)
        #expect(machine.endOfStream().isEmpty)
        #expect(machine.close(outputPending: false) == [.release])
    }

    @Test func endOfStream_unwanted_waitsForStart() {
        var accepted = StreamMachine(.accepted)
        #expect(accepted.endOfStream().isEmpty)
        #expect(
            accepted.start(by: 2) == [.adopt(2), .announceConnected("start"), .resumeReading, .announceClosed]
        )
        var paused = StreamMachine(.open)
        #expect(paused.pause() == [.stopReading])
        #expect(paused.pause().isEmpty)
        #expect(paused.endOfStream().isEmpty)
        #expect(
            paused.start(by: 2) == [.adopt(2), .announceConnected("transfer"), .resumeReading, .announceClosed]
        )
        #expect(paused.phase == .peerFinished)
    }

    @Test func closeWithAHeldBackEnd_isClosedOnce() {
        var machine = StreamMachine(.accepted)
        _ = machine.endOfStream()
        #expect(machine.close(outputPending: false) == [.announceClosed, .release])
        #expect(machine.start(by: 1) == [.refuse(1, "invalid socket")])
    }

    @Test func writeFailure_keepsReadingUntilTheEndOfStream() {
        var machine = StreamMachine(.open)
        #expect(machine.writeFailed("Broken pipe") == [.discardOutput, .announceFailure("Broken pipe")])
        #expect(machine.phase == .writeFailed)
        #expect(machine.writeFailed("Broken pipe").isEmpty)
        #expect(machine.endOfStream() == [.announceClosed, .release])
    }

    @Test func writeFailure_afterTheEndOfStream_freesSilently() {
        var machine = StreamMachine(.open)
        _ = machine.endOfStream()
        #expect(machine.writeFailed("Broken pipe") == [.announceFailure("Broken pipe"), .release])
    }

    @Test func writeFailure_whileDraining_freesSilently() {
        var machine = StreamMachine(.open)
        _ = machine.close(outputPending: true)
        #expect(machine.writeFailed("Broken pipe") == [.release])
    }

    @Test func reset_isOneFailureThenClosed() {
        var machine = StreamMachine(.open)
        #expect(machine.readFailed("Connection reset by peer") == [.announceFailure("Connection reset by peer")])
        #expect(machine.writeFailed("Connection reset by peer") == [.discardOutput])
        #expect(machine.hungUp() == [.announceClosed, .release])
        #expect(machine.hungUp().isEmpty)
    }

    @Test func hangUp_byState() {
        for (phase, expected) in [
            (.closed, []), (.connecting, [.release]), (.draining, [.release]),
            (.bound, [.announceClosed, .release]), (.writeFailed, [.announceClosed, .release]),
            (.open, [.announceFailure("Connection reset by peer"), .announceClosed, .release]),
            (.accepted, [.announceFailure("Connection reset by peer"), .announceClosed, .release]),
            (.peerFinished, [.announceFailure("Broken pipe"), .release]),
        ] as [(StreamMachine.Phase, [SocketAction])] {
            var machine = StreamMachine(phase)
            #expect(machine.hungUp() == expected, "\(phase)")
            #expect(machine.phase == .closed)
        }
    }

    @Test func endedPipe_isNoFailure() {
        var machine = StreamMachine(.bound)
        #expect(machine.endOfStream() == [.announceClosed])
        #expect(machine.hungUp() == [.release])
    }

    @Test func connecting_endsInOpenOrFailure() {
        var good = StreamMachine(.connecting)
        #expect(good.connected(to: "ip") == [.announceConnected("ip"), .resumeReading])
        #expect(good.phase == .open)
        var paused = StreamMachine(.connecting)
        _ = paused.pause()
        #expect(paused.connected(to: "ip") == [.announceConnected("ip"), .stopReading])
        var bad = StreamMachine(.connecting)
        #expect(bad.connectFailed("no") == [.announceFailure("no"), .release])
        #expect(bad.connectFailed("no").isEmpty)
        var closing = StreamMachine(.connecting)
        _ = closing.close(outputPending: true)
        #expect(closing.connected(to: "ip").isEmpty)
        #expect(closing.connectFailed("no") == [.release])
        var closed = StreamMachine(.connecting)
        _ = closed.close(outputPending: false)
        #expect(closed.connected(to: "ip") == [.release])
    }

    @Test func drained_endsOnlyClosingSockets() {
        var open = StreamMachine(.open)
        #expect(open.drained().isEmpty)
        _ = open.close(outputPending: true)
        #expect(open.drained() == [.release])
        #expect(open.drained().isEmpty)
    }

    @Test func bindFailure_freesTheNumber() {
        var machine = StreamMachine(.bound)
        #expect(machine.bindFailed("no") == [.announceFailure("no"), .release])
        #expect(machine.bindFailed("no").isEmpty)
    }
}

@Suite struct ListenMachineTests {
    @Test func start_acceptsOnceAndThenResumes() {
        var machine = ListenMachine()
        #expect(machine.start(by: 3) == [.adopt(3), .announceConnected("start"), .resumeReading])
        #expect(machine.pause() == [.stopReading])
        #expect(machine.pause().isEmpty)
        #expect(machine.start(by: 4) == [.resumeReading])
        #expect(machine.close() == [.announceClosed, .release])
        #expect(machine.close().isEmpty)
        #expect(machine.start(by: 4) == [.refuse(4, "invalid socket")])
        #expect(machine.failed("late").isEmpty)
    }

    @Test func failure_isToldAndClosed() {
        var machine = ListenMachine()
        #expect(machine.failed("why") == [.announceFailure("why"), .announceClosed, .release])
    }
}

@Suite struct DatagramMachineTests {
    @Test func life() {
        var machine = DatagramMachine()
        #expect(machine.start(by: 3) == [.adopt(3), .announceConnected("transfer"), .resumeReading])
        #expect(machine.pause() == [.stopReading])
        #expect(machine.close() == [.announceClosed, .release])
        #expect(machine.close().isEmpty)
        #expect(machine.failed("late").isEmpty)
        #expect(machine.start(by: 3) == [.refuse(3, "invalid socket")])
    }

    @Test func failure_isNotFollowedByClosed() {
        var machine = DatagramMachine()
        #expect(machine.failed("why") == [.announceFailure("why"), .release])
    }
}
