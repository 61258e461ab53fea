// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc

/// The life of a socket that is one descriptor from its first moment.
protocol DescriptorMachine: Sendable {
    associatedtype Phase: RawRepresentable<UInt8>
    init()
    var phase: Phase { get }
    var isReading: Bool { get }
    var isClosed: Bool { get }
    /// Whether a socket in this phase is worth listing.
    static func isListed(_ phase: Phase) -> Bool
    mutating func start(by owner: SocketOwner) -> [SocketAction]
    mutating func pause() -> [SocketAction]
    /// `close` and `shutdown` do the same: there is no output that could still leave.
    mutating func close() -> [SocketAction]
    /// The descriptor failed for good.
    mutating func failed(_ reason: String) -> [SocketAction]
}

/// What a listener and a datagram socket have in common: a descriptor that is watched and read until there is nothing,
/// or until others have their turn.
class DescriptorSocket<Machine: DescriptorMachine>: DriverSocket, Watcher, @unchecked Sendable {
    // Sendable: see `StreamSocket`; what is below `MARK: Loop` belongs to the holder of `loop`.
    let id: SocketID
    let loop: SocketLoop
    unowned let driver: SocketDriver
    let counters: SocketCounters
    let descriptor: Int32
    var isClient: Bool { false }

    // MARK: Loop

    private(set) var machine = Machine()
    private(set) var token: WatchToken?
    private var end = SocketEnd.closed
    /// The kernel said that there is something, and has not said since that there is nothing.
    private var isReadable = true
    /// The most that is taken before the loop's other sockets have their turn.
    private static var readBudget: Int { 256 }

    init(id: SocketID, loop: SocketLoop, driver: SocketDriver, owner: SocketOwner, descriptor: Int32) {
        self.id = id
        self.loop = loop
        self.driver = driver
        self.descriptor = descriptor
        let machine = Machine()
        counters = SocketCounters(owner: owner, phase: machine.phase.rawValue, isReading: machine.isReading)
    }

    /// Watches the descriptor, from any thread.
    func register() {
        driver.open.opened()
        loop.run {
            guard !self.machine.isClosed else { return }
            self.token = self.loop.watch(self.descriptor, self)
            if self.token == nil { self.failed("reach skynet socket number limit") } else { self.registered() }
        }
    }

    // MARK: For the subclass

    /// The descriptor is watched.
    func registered() {}
    /// Takes one of what waits; false when there is nothing.
    func readNext() -> Bool { false }
    /// The system takes more.
    func becameWritable() {}
    /// Whether nothing is to be read for now, whatever the machine wants.
    var rests: Bool { false }
    /// The descriptor is going to be closed.
    func willClose() {}
    /// What `information` shows besides the counters.
    func describe(_ row: inout SocketInformation) {}
    var kind: SocketInformation.Kind { .bound }
    func send(_ bytes: UnsafeRawBufferPointer, priority: SendPriority) -> Bool { false }

    // MARK: DriverSocket

    final func expect(_ command: SocketCommand) {}

    final func perform(_ command: SocketCommand) {
        loop.assertHeld()
        switch command {
        case .start(let owner): apply(machine.start(by: owner))
        case .pause: apply(machine.pause())
        case .close, .shutdown, .drain: apply(machine.close())
        case .nodelay: break
        }
    }

    final func failed(_ reason: String) {
        end = .failed(reason)
        apply(machine.failed(reason))
    }

    final func apply(_ actions: [SocketAction]) {
        counters.setStatus(phase: machine.phase.rawValue, isReading: machine.isReading)
        carryOut(actions)
    }

    final var information: SocketInformation? {
        guard Machine.Phase(rawValue: counters.phase).map(Machine.isListed) ?? false else { return nil }
        var row = SocketInformation(id: id, owner: counters.owner, kind: kind)
        counters.fill(&row)
        row.isReading = counters.isReading
        describe(&row)
        return row
    }

    final func resumeReading() {
        if isReadable, !rests, let token { loop.again(token) }
    }

    /// Checked before each read.
    final func stopReading() {}

    /// What is sent leaves at once or not at all.
    final func discardOutput() {}

    final func release() {
        driver.forget(id)
        driver.observer.closed(id, end, counters.totals)
        willClose()
        if let token = token.take() { loop.unwatch(token, descriptor) }
        Glibc.close(descriptor)
        driver.connectionClosed()
    }

    // MARK: Watcher

    final func ready(_ readiness: Readiness) {
        if readiness.contains(.writable) { becameWritable() }
        guard !readiness.subtracting(.writable).isEmpty else { return }
        isReadable = true
        var budget = Self.readBudget
        while machine.isReading, !rests, let token {
            if budget == 0 { return loop.again(token) }
            budget -= 1
            guard readNext() else {
                isReadable = false
                return
            }
        }
    }
}
