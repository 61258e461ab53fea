// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

@testable import GateNode

@Suite struct KeySpellingTests {
    private func warnings(_ lines: String, overrides: [String] = []) throws -> [String] {
        let scratch = try ScratchDirectory(["config": lines, "home/lualib/loader.lua": ""])
        let installation = Installation(home: scratch["home"])
        let configuration = try NodeConfiguration(
            contentsOf: scratch["config"],
            overrides: overrides,
            installation: installation
        )
        return configuration.warnings.map { $0.replacing(scratch["config"], with: "config") }
    }

    @Test(arguments: [
        ("thraed", "thread"), ("luaservce", "luaservice"), ("hrbr", "harbor"), ("snx", "snax"), ("Start", "start"),
        ("log_path", "logpath"), ("shutdown_grase", "shutdown_grace"),
    ])
    func `a key that is nearly one of swiftgate's is told with its place`(key: String, meant: String) throws {
        let expected = "config:2: \(key): swiftgate does not read this key; did you mean \(meant)?"
        #expect(try warnings("\n\(key) = 'x'") == [expected])
    }

    @Test(arguments: ["root = './'", "port = 8888", "nodename = 'a'", "maxclient = 64", "debug_port = 8000"])
    func `a key of the user's own is not doubted`(line: String) throws {
        #expect(try warnings(line) == [])
    }

    @Test func `a key beside the one it resembles is the user's own`() throws {
        #expect(try warnings("cluster = 'a'\ncluster1 = 'b'") == [])
        #expect(try warnings("cluster1 = 'b'").count == 1)
    }

    @Test func `a key of the command line that nobody knows is told, with what may be meant`() throws {
        let text = "the configuration file does not have this key, and swiftgate does not read it"
        #expect(try warnings("port = 1", overrides: ["prot=2"]) == ["--set: prot: \(text); did you mean port?"])
        #expect(try warnings("port = 1", overrides: ["colour=red"]) == ["--set: colour: \(text)"])
        #expect(try warnings("port = 1", overrides: ["port=2", "thread=3", "standalone=x:1"]) == [])
    }

    @Test func `every key that swiftgate reads is known`() throws {
        let home = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var found: Set<String> = []
        for folder in ["lualib", "service", "Sources"] {
            let root = home.appending(path: folder)
            for case let name as String in FileManager.default.enumerator(atPath: root.path()) ?? .init()
            where name.hasSuffix(".lua") || name.hasSuffix(".swift") {
                let text = try String(contentsOf: root.appending(path: name), encoding: .utf8)
                for match in text.matches(of: /(?:getenv\(?\s*|(?:settings|environment)\[)"([a-z_]+)"/) {
                    found.insert(String(match.1))
                }
            }
        }
        #expect(found.count > 15)
        #expect(found.subtracting(KeySpelling.known) == [])
    }
}
