// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Clients that are connected, were served once, and keep still.
///
/// Nobody touches a link any more but the one thread that closes them all.
final class IdleConnections: @unchecked Sendable {
    private let links: [Link]

    init(_ configuration: LoadConfiguration, count: Int) throws(LoadError) {
        var connector = try Connector(configuration, concurrency: 16)
        var links: [Link] = []
        while links.count < count {
            try connector.connect(upTo: count)
            for client in try connector.waitForEchoes() { links.append(client.link) }
        }
        self.links = links
    }

    /// How many are still connected and have received nothing more.
    var idleCount: Int {
        links.count { SystemCalls.isIdle($0.descriptor) }
    }

    /// Ends all connections from a thread of its own, so that the measured clients are not held up by the closing.
    func closeInBackground() -> BackgroundTask {
        BackgroundTask { self.closeAll() }
    }

    func closeAll() {
        for link in links { link.close() }
    }
}
