// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Glibc
import NodeFiles
import Testing

// One after the other: the mask for new files belongs to the process.
@Suite(.serialized) struct NodeFileTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "swiftgate-files-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path() }

    private func mode(_ name: String) -> mode_t {
        var status = stat()
        stat(path(name), &status)
        return status.st_mode & 0o777
    }

    private func closing(_ descriptor: Int32) { close(descriptor) }

    @Test func `nobody else may write to a new file, whatever the mask is`() throws {
        let usual = umask(0)
        defer { umask(usual) }
        closing(try NodeFile.log(path("log")))
        closing(try NodeFile.processID(path("pid")))
        #expect(mode("log") == 0o640)
        #expect(mode("pid") == 0o644)
    }

    @Test func `a log is appended to`() throws {
        try "first\n".write(toFile: path("log"), atomically: false, encoding: .utf8)
        let descriptor = try NodeFile.log(path("log"))
        write(descriptor, "second\n", 7)
        close(descriptor)
        #expect(try String(contentsOfFile: path("log"), encoding: .utf8) == "first\nsecond\n")
    }

    @Test func `a link of one's own is followed`() throws {
        symlink(path("target"), path("link"))
        closing(try NodeFile.log(path("link")))
        #expect(mode("target") == 0o640)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can make links in the name of others"))
    func `a link of somebody else is not followed`() throws {
        symlink(path("target"), path("link"))
        lchown(path("link"), 12345, 12345)
        let errors = [
            #expect(throws: NodeFileError.self) { closing(try NodeFile.log(path("link"))) },
            #expect(throws: NodeFileError.self) { closing(try NodeFile.processID(path("link"))) },
        ]
        for error in errors {
            #expect(error?.reason.contains("symbolic link of another user (uid 12345)") == true)
            #expect(error?.path == path("link"))
        }
        #expect(!FileManager.default.fileExists(atPath: path("target")))
    }

    @Test func `a refusal has the system's reason`() {
        let path = path("no/such/log")
        #expect(throws: NodeFileError(path: path, reason: "No such file or directory")) {
            closing(try NodeFile.log(path))
        }
    }

    @Test func `a FIFO without a reader is opened at once and takes bytes`() throws {
        mkfifo(path("fifo"), 0o600)
        let descriptor = try NodeFile.log(path("fifo"))
        #expect(write(descriptor, "x", 1) == 1)
        close(descriptor)
    }
}
