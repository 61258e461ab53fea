// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Lines that the log does without.
struct LostLines: Equatable {
    var count: Int
    /// Why the first of them was dropped.
    var reason: String
}

/// Lines that wait for the log, up to a limit; those beyond it are counted, and a notice takes their place.
struct LogQueue {
    /// Bytes that may wait. A single line may exceed it.
    let limit: Int
    private let notice: (LostLines) -> [UInt8]
    private var waiting = LogBatch()
    private(set) var lost: LostLines?

    init(limit: Int, notice: @escaping (LostLines) -> [UInt8]) {
        self.limit = limit
        self.notice = notice
    }

    /// Whether nothing waits. What was dropped is told together with the next line.
    var isEmpty: Bool { waiting.isEmpty }

    /// Lines that wait and lines that were dropped.
    var outstanding: Int { waiting.unwritten(after: 0) + (lost?.count ?? 0) }

    /// - Parameter reason: why there is no room, if there is none.
    mutating func append(_ line: [UInt8], orLoseBecause reason: @autoclosure () -> String) {
        if !waiting.isEmpty, waiting.bytes.count + line.count > limit {
            lose(1, because: reason())
            return
        }
        placeNotice()
        waiting.append(line)
    }

    /// Counts lines that are dropped, whether they ever waited here or not.
    mutating func lose(_ count: Int, because reason: String) {
        if count > 0 { lost = LostLines(count: (lost?.count ?? 0) + count, reason: lost?.reason ?? reason) }
    }

    /// Everything that waits, with the notice of what does not.
    mutating func take() -> LogBatch {
        placeNotice()
        return exchange(&waiting, with: LogBatch())
    }

    private mutating func placeNotice() {
        guard let lost else { return }
        self.lost = nil
        waiting.append(notice(lost), standingFor: lost.count)
    }
}

/// Lines that are written together.
struct LogBatch: Equatable {
    private struct Line: Equatable {
        let end: Int
        /// One, or as many as a notice tells of.
        let weight: Int
    }

    private(set) var bytes: [UInt8] = []
    private var lines: [Line] = []

    var isEmpty: Bool { lines.isEmpty }

    mutating func append(_ line: [UInt8], standingFor weight: Int = 1) {
        bytes += line
        lines.append(Line(end: bytes.count, weight: weight))
    }

    /// How many lines are missing from the log when `count` bytes have been written and no more are.
    func unwritten(after count: Int) -> Int { lines.reduce(0) { $0 + ($1.end > count ? $1.weight : 0) } }

    /// Where the line begins that was in hand when `count` bytes had been written.
    func lineStart(at count: Int) -> Int { lines.last { $0.end <= count }?.end ?? 0 }
}
