// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Clients that are connected, were served once, and keep still.
final class Crowd: Sendable {
    private let descriptors: [CInt]

    init(_ configuration: LoadConfiguration, count: Int) throws(LoadError) {
        var doorway = try Doorway(configuration, width: 16)
        var descriptors: [CInt] = []
        while descriptors.count < count {
            try doorway.invite(upTo: count)
            for arrival in try doorway.arrivals() { descriptors.append(arrival.descriptor) }
        }
        self.descriptors = descriptors
    }

    /// How many are still connected and have not been spoken to.
    var quietCount: Int {
        descriptors.count { SystemCalls.isQuiet($0) }
    }

    /// Ends all connections from a thread of its own, so that the measured clients are not held up by the closing.
    func leaveAtOnce() -> BackgroundTask {
        BackgroundTask { self.leave() }
    }

    func leave() {
        for descriptor in descriptors { SystemCalls.close(descriptor) }
    }
}
