// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Blocks
import SocketDriver
import Synchronization

/// A copyable picture of an event.
enum Happening: Equatable, Sendable {
    case data(SocketID, [UInt8])
    case packet(SocketID, [UInt8])
    case connected(SocketID, String, Int32)
    case closed(SocketID)
    case accepted(SocketID, SocketID, String)
    case failed(SocketID, String)
    case datagram(SocketID, payload: [UInt8], address: [UInt8])
    case warning(SocketID, Int32)

    var id: SocketID {
        switch self {
        case .data(let id, _), .packet(let id, _), .connected(let id, _, _), .closed(let id), .accepted(let id, _, _),
            .failed(let id, _), .datagram(let id, _, _), .warning(let id, _):
            id
        }
    }
}

/// One event as the sink saw it.
struct Record: Equatable, Sendable {
    let owner: SocketOwner
    let what: Happening
    let loop: Int
}

/// Keeps every event and wakes whoever waits for one.
final class RecordingSink: SocketEventSink {
    struct TimedOut: Error, CustomStringConvertible {
        let description: String
    }

    private struct Waiter: Sendable {
        let id: Int
        let condition: @Sendable ([Record]) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State: Sendable {
        var records: [Record] = []
        var waiters: [Waiter] = []
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    var records: [Record] { state.withLock { $0.records } }
    var happenings: [Happening] { records.map(\.what) }
    func happenings(of id: SocketID) -> [Happening] { happenings.filter { $0.id == id } }

    /// Owners who have more to do than they should.
    let fullOwners = Mutex<Set<SocketOwner>>([])

    func isFull(_ owner: SocketOwner) -> Bool { fullOwners.withLock { $0.contains(owner) } }

    func receive(_ event: consuming SocketEvent, for owner: SocketOwner, loop: Int) -> Bool {
        let record = Record(owner: owner, what: Self.picture(event), loop: loop)
        let ready = state.withLock { state in
            state.records.append(record)
            let ready = state.waiters.filter { $0.condition(state.records) }
            state.waiters.removeAll { waiter in ready.contains { $0.id == waiter.id } }
            return ready
        }
        for waiter in ready { waiter.continuation.resume(returning: true) }
        return !isFull(owner)
    }

    private static func picture(_ event: consuming SocketEvent) -> Happening {
        switch consume event {
        case .data(let id, let block):
            return .data(id, Array(block.bytes))
        case .packet(let id, let block): return .packet(id, Array(block.bytes))
        case .connected(let id, let detail, let port): return .connected(id, detail, port)
        case .closed(let id): return .closed(id)
        case .accepted(let listener, let id, let address): return .accepted(listener, id, address)
        case .failed(let id, let reason): return .failed(id, reason)
        case .datagram(let id, let block, let count):
            let bytes = Array(block.bytes)
            return .datagram(id, payload: Array(bytes[..<Int(count)]), address: Array(bytes[Int(count)...]))
        case .warning(let id, let kibibytes): return .warning(id, kibibytes)
        }
    }

    /// Waits until the whole record satisfies `condition`; throws after a minute.
    func wait(_ purpose: String, until condition: @escaping @Sendable ([Record]) -> Bool) async throws {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let timeout = Task {
            try await Task.sleep(for: .seconds(60))
            self.giveUp(id)
        }
        defer { timeout.cancel() }
        let happened = await withCheckedContinuation { continuation in
            let already = state.withLock { state in
                if condition(state.records) { return true }
                state.waiters.append(Waiter(id: id, condition: condition, continuation: continuation))
                return false
            }
            if already { continuation.resume(returning: true) }
        }
        guard happened else { throw TimedOut(description: "\(purpose) did not happen; saw \(happenings.suffix(20))") }
    }

    /// Waits for the first event that `extract` recognises.
    func first<Found: Sendable>(
        _ purpose: String,
        _ extract: @escaping @Sendable (Happening) -> Found?
    ) async throws -> Found {
        try await wait(purpose) { $0.contains { extract($0.what) != nil } }
        guard let found = happenings.lazy.compactMap(extract).first else {
            throw TimedOut(description: "\(purpose) vanished")
        }
        return found
    }

    func wait(for happening: Happening) async throws {
        try await wait("\(happening)") { $0.contains { $0.what == happening } }
    }

    /// All bytes a socket delivered.
    func bytes(of id: SocketID) -> [UInt8] {
        happenings.flatMap { happening in
            if case .data(id, let bytes) = happening { bytes } else { [UInt8]() }
        }
    }

    private func giveUp(_ id: Int) {
        let waiter = state.withLock { state in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return Waiter?.none }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(returning: false)
    }
}
