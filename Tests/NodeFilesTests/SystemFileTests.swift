// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import NodeFiles
import Testing

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
        let folder = try makeFolder(["empty": "", "long": text])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(SystemFile.contents(of: "\(folder)/empty") == [])
        #expect(SystemFile.contents(of: "\(folder)/long") == Array(text.utf8))
        #expect(Set(SystemFile.names(in: folder)) == [".", "..", "empty", "long"])
    }

    @Test func `what cannot be read is told from what is empty`() throws {
        let folder = try makeFolder(["file": ""])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(SystemFile.contents(of: "\(folder)/absent") == nil)
        #expect(SystemFile.contents(of: folder) == nil)
        #expect(SystemFile.names(in: "\(folder)/absent") == [])
        #expect(SystemFile.destination(of: "\(folder)/file") == nil)
        #expect(SystemFile.exists("\(folder)/file") && SystemFile.exists(folder))
        #expect(!SystemFile.exists("\(folder)/absent"))
    }

    private func makeFolder(_ files: [String: String]) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "swiftgate-files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        return folder.path
    }
}
