// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

/// Loads a server that echoes packets, and says how it did.
///
/// One thread and one epoll set, without NIO: the generator shares the machine with what it measures, so every
/// microsecond it spends is one the server may have wanted.
public struct LoadClient: Sendable {
    private let configuration: LoadConfiguration

    public init(_ configuration: LoadConfiguration) {
        self.configuration = configuration
    }

    /// Runs to the end of the configured time and reports; blocks the calling thread meanwhile.
    public func run() throws(LoadError) -> LoadReport {
        try configuration.validate()
        SystemCalls.raiseDescriptorLimit()
        switch configuration.mode {
        case .echo:
            var load = try EchoLoad(configuration)
            return try load.run()
        case .connect:
            var load = try ConnectLoad(configuration)
            return try load.run()
        case .idle:
            return try IdleLoad(configuration).run()
        case .stall:
            return try StallLoad(configuration).run()
        }
    }
}
