// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import ServiceKernel
public import SocketDriver

/// What a TEXT message asks of the native gate.
public enum GateCommand: Equatable, Sendable {
    case kick(SocketID)
    case start(SocketID)
    /// A client number 0 stands for the gate itself.
    case forward(SocketID, agent: ServiceHandle, client: ServiceHandle)
    case broker(String)
    case close
    case unknown

    private static let names = ["kick", "forward", "broker", "start", "close"]

    /// A command may be shortened: `k 7` is `kick 7`.
    public init(parsing text: String) {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let first = words.first, let name = Self.names.first(where: { $0.hasPrefix(first) }) else {
            self = .unknown
            return
        }
        self = Self.command(name, Array(words.dropFirst())) ?? .unknown
    }

    private static func command(_ name: String, _ words: [String]) -> GateCommand? {
        if name == "close" { return .close }
        guard let subject = words.first else { return nil }
        if name == "broker" { return .broker(subject) }
        guard let id = SocketID(subject) else { return nil }
        switch name {
        case "kick": return .kick(id)
        case "start": return .start(id)
        default: return forward(id, words)
        }
    }

    private static func forward(_ id: SocketID, _ words: [String]) -> GateCommand? {
        guard words.count == 3, let agent = AddressText.parseHex(words[1]), let client = AddressText.parseHex(words[2])
        else { return nil }
        return .forward(id, agent: agent, client: client)
    }
}
