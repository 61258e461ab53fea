// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Clients that are connected, were served once, and keep still.
final class IdleConnections: Sendable {
    private let descriptors: [CInt]

    init(_ configuration: LoadConfiguration, count: Int) throws(LoadError) {
        var connector = try Connector(configuration, concurrency: 16)
        var descriptors: [CInt] = []
        while descriptors.count < count {
            try connector.connect(upTo: count)
            for client in try connector.waitForEchoes() { descriptors.append(client.descriptor) }
        }
        self.descriptors = descriptors
    }

    /// How many are still connected and have received nothing more.
    var idleCount: Int {
        descriptors.count { SystemCalls.isIdle($0) }
    }

    /// Ends all connections from a thread of its own, so that the measured clients are not held up by the closing.
    func closeInBackground() -> BackgroundTask {
        BackgroundTask { self.closeAll() }
    }

    func closeAll() {
        for descriptor in descriptors { SystemCalls.close(descriptor) }
    }
}
