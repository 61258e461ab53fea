// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation

/// `allocations.c` as a shared object in a directory of its own, which goes with it: a node that preloads it counts its
/// calls of the allocator, and a script that requires `allocations` can ask for the count.
final class AllocationCounter {
    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(
            path: "swiftgate-test-\(UUID().uuidString)",
            directoryHint: .isDirectory
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "allocations.c")
        try Self.compile(source, into: object)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    private var object: URL { directory.appending(path: "allocations.so") }

    /// For the node that is to be counted.
    var environment: [String: String] { ["LD_PRELOAD": object.path()] }

    /// A line of its configuration, by which scripts find the module.
    var setting: String { "lua_cpath = \"\(directory.path())?.so\"" }

    private static func compile(_ source: URL, into object: URL) throws {
        let process = Process()
        process.executableURL = try compiler()
        // Without built-ins, or the compiler would make calls of the very functions that are being defined.
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
        throw RunningNode.Failure(
            description: "Counting allocations needs a C compiler: neither clang nor cc is in PATH."
        )
    }
}
