// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation

/// C sources as shared objects in a directory of their own, which goes with this object.
final class SharedObjects {
    let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(
            path: "swiftgate-test-\(UUID().uuidString)",
            directoryHint: .isDirectory
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// Compiles a text into `<name>.so`, whose name may begin with directories.
    func compile(_ text: String, as name: String) throws {
        let source = directory.appending(path: "\(name).c")
        try FileManager.default.createDirectory(
            at: source.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try text.write(to: source, atomically: true, encoding: .utf8)
        try Self.compile(source, into: directory.appending(path: "\(name).so"))
    }

    static func compile(_ source: URL, into object: URL) throws {
        let process = Process()
        process.executableURL = try compiler()
        // Without built-ins, or the compiler would make calls of the very functions that a source defines.
        process.arguments = ["-O2", "-fno-builtin", "-fPIC", "-shared", "-o", object.path(), source.path()]
        let pipe = Pipe()
        process.standardError = pipe
        try process.run()
        try pipe.fileHandleForWriting.close()
        let complaint = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        if process.terminationStatus != 0 {
            throw RunningNode.Failure(description: "\(source.lastPathComponent) does not compile:\n\(complaint)")
        }
    }

    /// `clang`, which the Swift toolchain brings along, or else the system's `cc`.
    private static func compiler() throws -> URL {
        let places = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":")
        for name in ["clang", "cc"] {
            for place in places where FileManager.default.isExecutableFile(atPath: "\(place)/\(name)") {
                return URL(filePath: "\(place)/\(name)")
            }
        }
        throw RunningNode.Failure(description: "This test needs a C compiler: neither clang nor cc is in PATH.")
    }
}
