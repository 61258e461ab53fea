// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import ServiceKernel
internal import Synchronization

/// The services that a node cannot do without while it comes up: the log service, `bootstrap` and `start`.
///
/// Each is the first that is launched with the words of the configuration; a later one of the same name is like any
/// other service.
final class StartupServices: Sendable {
    /// What a service is to the node, by the key of the configuration that names it.
    enum Role: String, CaseIterable {
        case logger, bootstrap, start
    }

    private let lines: [Role: String]
    private let handles = Mutex<[Role: ServiceHandle]>([:])

    init(_ environment: NodeEnvironment) {
        lines = [
            .logger: "\(environment["logservice"] ?? "logger") \(environment["logger"] ?? "")",
            .bootstrap: environment["bootstrap"] ?? "snlua bootstrap",
            .start: "snlua \(environment["start"] ?? "main")",
        ]
    }

    func register(_ handle: ServiceHandle, _ kind: String, _ arguments: String) {
        let line = "\(kind) \(arguments)"
        for (role, wanted) in lines where line == wanted {
            handles.withLock { handles in
                if handles[role] == nil { handles[role] = handle }
            }
        }
    }

    func role(of handle: ServiceHandle) -> Role? { handles.withLock { $0.first { $0.value == handle }?.key } }

    /// The configuration's words for a role: `start = 'main'`.
    func setting(of role: Role) -> String {
        let line = lines[role] ?? ""
        let words = role == .start ? line.dropFirst("snlua ".count) : line[...]
        return "\(role.rawValue) = '\(words)'"
    }
}
