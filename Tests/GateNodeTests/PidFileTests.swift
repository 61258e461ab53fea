// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Glibc
import Testing

@testable import GateNode

@Suite struct PidFileTests {
    private let scratch: ScratchDirectory
    private let path: String

    init() throws {
        scratch = try ScratchDirectory(["other": ""])
        path = scratch["node.pid"]
    }

    private var text: String? { try? String(contentsOfFile: path, encoding: .utf8) }

    @Test func `claiming writes the process id and removing deletes the file`() throws {
        let file = try PidFile(claiming: path)
        #expect(text == "\(getpid())\n")
        file.remove()
        #expect(text == nil)
    }

    @Test func `a file whose process is alive is refused and stays as it is`() throws {
        try scratch.write("node.pid", "1\n")
        let error = #expect(throws: DaemonError.self) { try PidFile(claiming: path).remove() }
        #expect(error?.description == "Skynet is already running, pid = 1.")
        #expect(text == "1\n")
    }

    @Test func `a file that is locked is refused`() throws {
        let first = try PidFile(claiming: path)
        let error = #expect(throws: DaemonError.self) { try PidFile(claiming: path).remove() }
        #expect(error?.description == "Skynet is already running, pid = \(getpid()).")
        first.remove()
    }

    @Test(arguments: ["", "no number", "2147483646\n"])
    func `a file that no process stands behind is taken over`(left: String) throws {
        try scratch.write("node.pid", left)
        let file = try PidFile(claiming: path)
        #expect(text == "\(getpid())\n")
        file.remove()
    }

    @Test func `a file that cannot be opened is an error that names it`() {
        let path = scratch["other/node.pid"]
        let error = #expect(throws: DaemonError.self) { try PidFile(claiming: path).remove() }
        #expect(error?.description == "Can't open \(path): Not a directory")
    }
}
