// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Testing

@testable import GateNode

@Suite struct SystemFileTests {
    @Test(arguments: [("/a/./b//c/../d/", "/a/b/d"), ("/", "/"), ("/..", "/"), ("/a/..", "/"), ("//a", "/a")])
    func `a path is made absolute by its spelling`(path: String, absolute: String) {
        #expect(SystemFile.absolute(path) == absolute)
    }

    @Test func `a relative path begins in the working directory`() {
        let here = FileManager.default.currentDirectoryPath
        #expect(SystemFile.workingDirectory == here)
        #expect(SystemFile.absolute("a/../b") == "\(here)/b")
        #expect(SystemFile.absolute("") == here)
    }

    @Test func `a file is read whole, whatever its length`() throws {
        let text = String(repeating: "0123456789", count: 2_000)
        let scratch = try ScratchDirectory(["empty": "", "long": text])
        #expect(SystemFile.contents(of: scratch["empty"]) == [])
        #expect(SystemFile.contents(of: scratch["long"]) == Array(text.utf8))
        #expect(Set(SystemFile.names(in: scratch.path)) == [".", "..", "empty", "long"])
    }

    @Test func `what cannot be read is told from what is empty`() throws {
        let scratch = try ScratchDirectory(["file": ""])
        #expect(SystemFile.contents(of: scratch["absent"]) == nil)
        #expect(SystemFile.contents(of: scratch.path) == nil)
        #expect(SystemFile.names(in: scratch["absent"]) == [])
        #expect(SystemFile.destination(of: scratch["file"]) == nil)
        #expect(SystemFile.exists(scratch["file"]) && SystemFile.exists(scratch.path))
        #expect(!SystemFile.exists(scratch["absent"]))
    }

    @Test func `the environment is the one the process has`() {
        #expect(ProcessEnvironment.variables == ProcessInfo.processInfo.environment)
        #expect(ProcessEnvironment.variables["PATH"] != nil)
    }
}
