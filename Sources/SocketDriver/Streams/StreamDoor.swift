// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The part of a stream socket that any thread may touch, under its lock: whether bytes are taken, and the bytes.
///
/// `send` must answer at once, while the state machine lives on the loop; so the calls that decide the answer turn this
/// door in the calling thread. It only ever moves towards `gone`: a slower loop cannot open what a caller has shut.
struct StreamDoor: Sendable {
    enum Mode: UInt8, Comparable, Sendable {
        /// Accepted, not started: bytes are dropped.
        case unstarted
        case open
        /// A write failed: bytes are dropped.
        case discarding
        /// `close` was called: sends are refused, low ones silently dropped.
        case closing
        case gone

        static func < (left: Mode, right: Mode) -> Bool { left.rawValue < right.rawValue }
    }

    /// What became of the bytes of a send.
    enum Answer: Sendable { case refused, dropped, taken }

    private(set) var mode: Mode
    private(set) var staged: StagedOutput?

    init(_ mode: Mode) {
        self.mode = mode
    }

    mutating func advance(to mode: Mode) {
        self.mode = max(self.mode, mode)
        if self.mode == .discarding || self.mode == .gone { staged = nil }
    }

    /// Takes a message in; `borrow` supplies storage to the first one of a turn.
    @inline(__always)
    mutating func admit(
        _ bytes: UnsafeRawBufferPointer,
        priority: SendPriority,
        borrow: () -> StagedOutput
    ) -> Answer {
        switch mode {
        case .open:
            if bytes.isEmpty { return .dropped }
            if staged == nil { staged = borrow() }
            staged?.append(bytes, priority: priority)
            return .taken
        case .unstarted, .discarding: return .dropped
        case .closing: return priority == .low ? .dropped : .refused
        case .gone: return .refused
        }
    }

    @inline(__always)
    mutating func takeStaged() -> StagedOutput? {
        staged.take()
    }
}
