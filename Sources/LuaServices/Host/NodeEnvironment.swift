// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Synchronization

/// The settings of a node: the configuration's, and what scripts add. A key is written once.
public final class NodeEnvironment: Sendable {
    private let settings: Mutex<[String: String]>

    public init(_ settings: [String: String]) { self.settings = Mutex(settings) }

    public subscript(key: String) -> String? { settings.withLock { $0[key] } }

    /// False when the key exists already.
    public func define(_ key: String, _ value: String) -> Bool {
        settings.withLock { settings in
            if settings[key] != nil { return false }
            settings[key] = value
            return true
        }
    }
}
