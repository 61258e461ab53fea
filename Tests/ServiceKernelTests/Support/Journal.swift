// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

/// What happened, in order, from any thread; and a way to wait for it.
final class Journal<Entry: Sendable>: @unchecked Sendable {
    // Unchecked: `kept` is touched with the condition locked.
    private let condition = NSCondition()
    private var kept: [Entry] = []

    var entries: [Entry] {
        condition.lock()
        defer { condition.unlock() }
        return kept
    }

    func note(_ entry: Entry) {
        condition.lock()
        kept.append(entry)
        condition.broadcast()
        condition.unlock()
    }

    /// Waits until there are as many entries. A test that waits in vain fails after half a minute.
    @discardableResult
    func wait(for count: Int, file: StaticString = #filePath, line: Int = #line) -> [Entry] {
        let limit = Date(timeIntervalSinceNow: 30)
        condition.lock()
        defer { condition.unlock() }
        while kept.count < count {
            if !condition.wait(until: limit) {
                Issue.record("\(file):\(line): \(kept.count) of \(count) entries came")
                break
            }
        }
        return kept
    }
}
