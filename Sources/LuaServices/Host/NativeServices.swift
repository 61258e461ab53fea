// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
public import ServiceKernel

/// What a native service is created with.
public struct ServiceParameters: Sendable {
    public let handle: ServiceHandle
    public let arguments: String
    public let node: LuaHost
    /// The worker of the creator, where the service's first message is best handled.
    let worker: Worker?
}

/// The kinds of native service a node can launch: what skynet's scripts call C services.
public struct NativeServices: Sendable {
    public typealias Factory = @Sendable (ServiceParameters) throws -> any Service

    private var factories: [String: Factory]

    /// The kinds of this room: `snlua`, `harbor` and `gate`.
    public init() {
        factories = [
            "snlua": { parameters in LuaService(parameters) },
            "harbor": { parameters in try HarborService(parameters) },
            "gate": { parameters in try ClientGate(parameters) },
        ]
    }

    public subscript(kind: String) -> Factory? {
        get { factories[kind] }
        set { factories[kind] = newValue }
    }

    func reportMissing(_ kind: String) {
        let line = "try open \(kind) failed : no native service of this name\n"
        _ = write(STDERR_FILENO, line, line.utf8.count)
    }
}
