// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation

/// A program of somebody else that a test speaks to.
final class ForeignTool {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// - Parameter text: given to it at once; what else it is told is said by ``say(_:)``.
    init(_ name: String, _ arguments: [String], text: String = "") throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [name] + arguments
        process.currentDirectoryURL = RunningNode.home
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try output.fileHandleForWriting.close()
        if !text.isEmpty { try say(Array(text.utf8)) }
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    func say(_ bytes: [UInt8]) throws { try input.fileHandleForWriting.write(contentsOf: Data(bytes)) }

    /// Waits for so many bytes of what it says.
    func hear(_ count: Int) throws -> [UInt8] {
        var heard: [UInt8] = []
        while heard.count < count {
            let some = try output.fileHandleForReading.read(upToCount: count - heard.count) ?? Data()
            if some.isEmpty { break }
            heard += some
        }
        return heard
    }

    /// Says no more, and waits for its end.
    func outcome() throws -> (status: Int32, output: String) {
        try input.fileHandleForWriting.close()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: text, as: UTF8.self))
    }
}
