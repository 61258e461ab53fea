// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

@testable import GateNode
@testable import SocketDriver

/// docs/configuration.md says of every key what its description in the code says, and has no other keys.
@Suite struct ConfigurationReferenceTests {
    struct Section: Sendable, CustomTestStringConvertible {
        let title: String
        let rows: [String]

        var testDescription: String { title }

        init<Draft>(_ title: String, _ keys: [TableKey<Draft>]) {
            self.title = title
            rows = keys.map { key in
                let type = key.unit.map { "\(key.type), \($0)" } ?? key.type
                return "| `\(key.name)` | \(type) | \(key.fallback) | \(key.sentence) |"
            }
        }
    }

    static let sections = [
        Section("`listeners`: a listener", ListenerDraft.keys),
        Section("`listeners`: `tls`", ListenerDraft.TLS.keys),
        Section("`listeners`: `tls`: `sni`", CertificateDraft.keys),
        Section("`listeners`: `websocket`", WebSocketOptions.keys),
        Section("`connects`: a server", ConnectDraft.keys),
        Section("`connects`: `tls`", ConnectDraft.TLS.keys),
        Section("`connects`: `websocket`", ConnectOptions.WebSocket.keys),
    ]

    private static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/configuration.md")

    /// The rows of the table under a heading.
    private func rows(under title: String) throws -> [String] {
        let lines = try String(contentsOf: Self.file, encoding: .utf8).split(separator: "\n").map(String.init)
        let start = try #require(lines.firstIndex(of: "## \(title)"), "there is no such heading")
        return lines[(start + 1)...].prefix { !$0.hasPrefix("#") }.filter { $0.hasPrefix("| `") }
    }

    @Test(arguments: sections)
    func `the reference has every key with its type, its unit, its default and its sentence`(section: Section) throws {
        let found = try rows(under: section.title)
        #expect(found == section.rows, "expected\n\(section.rows.joined(separator: "\n"))")
    }

    @Test func `the examples of the reference are configurations`() throws {
        let text = try String(contentsOf: Self.file, encoding: .utf8)
        let examples = text.matches(of: /(?s)```lua\n(.*?)```/).map { String($0.1) }
        #expect(examples.count > 1)
        for example in examples {
            let rig = try TableRig()
            let lines = example.replacing(/"(?:etc|\/etc)\/[A-Za-z0-9.\/-]+\.(?:pem|key)"/) { _ in "\"PEM/a.pem\"" }
            _ = try rig.configuration(lines)
        }
    }
}
