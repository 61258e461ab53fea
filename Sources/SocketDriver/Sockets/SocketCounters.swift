// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Glibc
import Synchronization

/// What `information` shows of a socket: written by its loop only, readable from anywhere.
///
/// One writer makes a plain load and store enough; nothing orders these numbers with each other.
struct SocketCounters: ~Copyable {
    private let ownerNumber: Atomic<SocketOwner>
    let bytesRead = Atomic<Int>(0)
    let bytesWritten = Atomic<Int>(0)
    let bytesWaiting = Atomic<Int>(0)
    /// Reads of a stream, messages of a transport that has them, connections that a listener took.
    let packetsRead = Atomic<Int>(0)
    private let readTime = Atomic<UInt64>(0)
    private let writeTime = Atomic<UInt64>(0)
    /// A phase of the state machine and, in the top bit, whether the socket is reading.
    private let status: Atomic<UInt8>

    init(owner: SocketOwner, phase: UInt8, isReading: Bool) {
        ownerNumber = Atomic(owner)
        status = Atomic(phase | (isReading ? 0x80 : 0))
    }

    var owner: SocketOwner { ownerNumber.load(ordering: .relaxed) }
    var phase: UInt8 { status.load(ordering: .relaxed) & 0x7f }
    var isReading: Bool { status.load(ordering: .relaxed) & 0x80 != 0 }
    var lastRead: UInt64 { readTime.load(ordering: .relaxed) }
    var lastWrite: UInt64 { writeTime.load(ordering: .relaxed) }

    func setOwner(_ owner: SocketOwner) {
        ownerNumber.store(owner, ordering: .relaxed)
    }

    func setStatus(phase: UInt8, isReading: Bool) {
        status.store(phase | (isReading ? 0x80 : 0), ordering: .relaxed)
    }

    @inline(__always)
    func countRead(_ count: Int, packets: Int = 1) {
        bytesRead.store(bytesRead.load(ordering: .relaxed) &+ count, ordering: .relaxed)
        packetsRead.store(packetsRead.load(ordering: .relaxed) &+ packets, ordering: .relaxed)
        readTime.store(SystemCalls.coarseClock(), ordering: .relaxed)
    }

    @inline(__always)
    func countWritten(_ count: Int) {
        bytesWritten.store(bytesWritten.load(ordering: .relaxed) &+ count, ordering: .relaxed)
        writeTime.store(SystemCalls.coarseClock(), ordering: .relaxed)
    }
}

extension SocketCounters {
    var totals: SocketTotals {
        var totals = SocketTotals()
        totals.bytesRead = bytesRead.load(ordering: .relaxed)
        totals.bytesWritten = bytesWritten.load(ordering: .relaxed)
        totals.packetsRead = packetsRead.load(ordering: .relaxed)
        return totals
    }

    /// Copies the numbers into a row of `information`.
    func fill(_ row: inout SocketInformation) {
        row.bytesRead = bytesRead.load(ordering: .relaxed)
        row.bytesWritten = bytesWritten.load(ordering: .relaxed)
        row.bytesWaiting = bytesWaiting.load(ordering: .relaxed)
        row.isWriting = row.bytesWaiting > 0
        row.lastRead = lastRead
        row.lastWrite = lastWrite
    }
}
