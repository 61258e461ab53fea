// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// The code that a service has in common with others.
///
/// In skynet functions are shared between states, so that a service's memory limit is about its own data. Stock Lua
/// cannot share them; a service's copy is therefore not held against its limit.
struct SharedCode {
    /// Which chunks of the code cache were loaded, in no order; a service loads a few dozen at most.
    private var chunks: [UInt32] = []
    /// What they weigh in this service.
    private(set) var bytes = 0

    /// Notes that a chunk was loaded; answers how much that adds. Further copies of a chunk are the service's own.
    mutating func note(_ chunk: Int, bytes weight: Int) -> Int {
        let chunk = UInt32(truncatingIfNeeded: chunk)
        guard weight > 0, !chunks.contains(chunk) else { return 0 }
        chunks.append(chunk)
        bytes += weight
        return weight
    }
}
