// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
public import ServiceKernel

/// What a native service is made from.
public struct ServiceSeed: Sendable {
    public let handle: ServiceHandle
    public let arguments: String
    public let node: LuaHost
    /// The worker of the creator, where the service's first message is best handled.
    let worker: Worker?
}

/// The kinds of native service a node can launch: what skynet's scripts call C services.
public struct ServiceCatalog: Sendable {
    public typealias Factory = @Sendable (ServiceSeed) throws -> any Service

    private var factories: [String: Factory]

    /// A catalog with the kinds of this room: `snlua`, `harbor` and `gate`.
    public init() {
        factories = [
            "snlua": { seed in LuaService(seed) },
            "harbor": { seed in try HarborService(seed) },
            "gate": { seed in try ClientGate(seed) },
        ]
    }

    public subscript(kind: String) -> Factory? {
        get { factories[kind] }
        set { factories[kind] = newValue }
    }

    func complainMissing(_ kind: String) {
        let line = "try open \(kind) failed : no native service of this name\n"
        _ = write(STDERR_FILENO, line, line.utf8.count)
    }
}
