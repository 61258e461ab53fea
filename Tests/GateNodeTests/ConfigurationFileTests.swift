// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

@testable import GateNode

@Suite struct ConfigurationFileTests {
    private func read(
        _ files: [String: String],
        main: String = "config",
        environment: [String: String] = [:]
    ) throws -> [String: String] {
        let scratch = try ScratchDirectory(files)
        let settings = try ConfigurationFile(environment: environment).read(scratch[main])
        return settings.entries.mapValues(\.value)
    }

    /// The error of a configuration that cannot be read, with the scratch directory's path taken out.
    private func message(_ files: [String: String], main: String = "config") throws -> String {
        let scratch = try ScratchDirectory(files)
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationFile(environment: [:]).read(scratch[main])
        }
        return "\(error?.description ?? "none")".replacingOccurrences(of: scratch.path, with: "DIR")
    }

    @Test func `globals become strings`() throws {
        let settings = try read([
            "config": """
            thread = 8
            ratio = 2.0
            standalone = "0.0.0.0:2013"
            enablessl = true
            verbose = false
            empty = ""
            none = nil
            removed = 1
            removed = nil
            local hidden = 3
            """
        ])
        #expect(
            settings == [
                "thread": "8", "ratio": "2.0", "standalone": "0.0.0.0:2013", "enablessl": "true", "verbose": "false",
                "empty": "",
            ]
        )
    }

    @Test func `a key can be computed from another and the last assignment counts`() throws {
        let settings = try read(["config": "root = './'\nroot = root .. 'a/'\nlua_path = root .. '?.lua'"])
        #expect(settings == ["root": "./a/", "lua_path": "./a/?.lua"])
    }

    @Test func `only include is visible, and string methods`() throws {
        let settings = try read([
            "config": """
            a = tostring == nil and print == nil and os == nil and string == nil and _G == nil and pairs == nil
            b = include ~= nil
            c = ("x"):rep(3)
            """
        ])
        #expect(settings == ["a": "true", "b": "true", "c": "xxx"])
    }

    @Test func `environment variables are put into the raw text`() throws {
        let settings = try read(["config": "port = $PORT -- $PORT"], environment: ["PORT": "8888"])
        #expect(settings == ["port": "8888"])
    }

    @Test func `an include is relative to the including file, and the directory comes back after it`() throws {
        let settings = try read(
            [
                "etc/config": "include 'sub/one'\ninclude 'two'",
                "etc/sub/one": "one = 1\ninclude 'three'",
                "etc/sub/three": "three = 3\ninclude '../two'",
                "etc/two": "count = (count or 0) + 1",
            ],
            main: "etc/config"
        )
        #expect(settings == ["one": "1", "three": "3", "count": "2"])
    }

    @Test func `a comment may be in any encoding`() throws {
        let scratch = try ScratchDirectory()
        try scratch.write("config", "")
        try Data([0x2D, 0x2D, 0xC4, 0xE3, 0x0A] + Array("a = 1".utf8)).write(to: URL(filePath: scratch["config"]))
        #expect(try ConfigurationFile(environment: [:]).read(scratch["config"])["a"] == "1")
    }

    @Test func `a setting knows the file and line of its last assignment`() throws {
        let scratch = try ScratchDirectory(["config": "a = 1\ninclude 'more'\n\na = 2", "more": "\nb = 1"])
        let settings = try ConfigurationFile(environment: [:]).read(scratch["config"])
        #expect(settings.entries["a"]?.place == ConfigurationPlace(file: scratch["config"], line: 4))
        #expect(settings.entries["b"]?.place == ConfigurationPlace(file: "more", line: 2))
    }

    @Test func `a missing file is named as it was looked for`() throws {
        #expect(try message([:]) == "DIR/config: No such file or directory")
        let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile().read("no-such-config") }
        #expect(error?.description == "./no-such-config: No such file or directory")
        #expect(error?.code == .unreadableFile)
    }

    @Test func `a directory is no configuration`() throws {
        #expect(try message(["config/file": ""]) == "DIR/config: Is a directory")
    }

    @Test func `a missing include names the line that asks for it`() throws {
        #expect(try message(["config": "\ninclude 'more'"]) == "DIR/config:2: DIR/more: No such file or directory")
    }

    @Test(arguments: [
        ("a = 1\nb =", "DIR/config:2: unexpected symbol near <eof>"),
        ("a = 1\n\nprint(a)", "DIR/config:3: attempt to call a nil value (global 'print')"),
        ("include(nil)", "DIR/config:1: include expects the name of a file"),
        ("\u{1B}Lua", "DIR/config: attempt to load a binary chunk (mode is 't')"),
    ])
    func `an error in the Lua of the file names file and line`(text: String, expected: String) throws {
        #expect(try message(["config": text]) == expected)
    }

    @Test(arguments: ["a = {}", "a = include", "a = function() end"])
    func `a value that is not a scalar is an error that names the key`(text: String) throws {
        #expect(try message(["config": text]) == "DIR/config:1: Invalid config table key = a")
    }

    @Test func `a key that is not a string is an error`() throws {
        #expect(try message(["config": "_ENV[1] = 2"]) == "DIR/config: Invalid config table")
    }

    @Test func `a value that is not UTF-8 is an error that names the key`() throws {
        #expect(try message(["config": #"name = "\xFF""#]) == "DIR/config:1: name: the value is not UTF-8")
    }

    @Test func `a missing variable names file and line`() throws {
        #expect(try message(["config": "\n-- $NOWHERE"]) == "DIR/config:2: os.getenv() failed: NOWHERE")
    }

    @Test func `a file that includes itself is an error`() throws {
        #expect(try message(["config": "include 'config'"]).hasSuffix("includes go deeper than 64"))
    }
}
