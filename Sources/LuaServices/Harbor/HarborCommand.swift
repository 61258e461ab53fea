// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

public import SocketDriver

/// What a HARBOR message asks of the native harbor.
public enum HarborCommand: Equatable, Sendable {
    /// `S fd id`: a connection to node `id`, which has yet to say its number.
    case connected(SocketID, id: UInt8)
    /// `A fd id`: a connection from node `id`, whose number was read.
    case accepted(SocketID, id: UInt8)
    /// `N name`: the source of the message is the address behind the name.
    case named(String)
    /// Something else; what to log about it.
    case invalid(String)

    private static let longestName = 15

    public init(parsing text: String) {
        let body = String(text.dropFirst(2))
        switch text.prefix(2) {
        case "S ": self = Self.link(body).map { .connected($0, id: $1) } ?? .invalid("Invalid command \(text)")
        case "A ": self = Self.link(body).map { .accepted($0, id: $1) } ?? .invalid("Invalid command \(text)")
        case "N " where (1...Self.longestName).contains(body.utf8.count): self = .named(body)
        case "N ", "N": self = .invalid("Invalid global name \(body)")
        case "S", "A": self = .invalid("Invalid command \(text)")
        default: self = .invalid("Unknown command \(text)")
        }
    }

    private static func link(_ text: String) -> (SocketID, UInt8)? {
        let words = text.split(separator: " ")
        guard words.count == 2, let socket = SocketID(words[0]), socket > 0, let id = UInt8(words[1]), id != 0 else {
            return nil
        }
        return (socket, id)
    }
}
