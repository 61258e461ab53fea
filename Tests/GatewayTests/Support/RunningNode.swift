// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

import Foundation
import Synchronization

/// A whole node in a process of its own, as a user would start it, with its log as it comes.
///
/// The process is ended by `deinit` at the latest, by its id.
final class RunningNode: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct Log {
        var lines: [String] = []
        var isComplete = false
        var isPaused = false
    }

    private let process = Process()
    private let log = Mutex(Log())
    /// Where the files are that were written for it, with a `/` at the end of its path.
    let directory: URL
    private static let starting = Mutex(())

    /// The checkout, which is also the node's working directory.
    static let home = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The `swiftgate` built beside the tests.
    static var executable: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "swiftgate")
    }

    /// Starts `swiftgate <arguments>`.
    ///
    /// - Parameters:
    ///   - files: written to a directory of the node's own, which `{DIR}` in arguments and files stands for.
    ///   - descriptors: how many descriptors the process may have at most.
    ///   - softDescriptors: how many it may have until it asks for more.
    init(
        _ arguments: [String],
        files: [String: String] = [:],
        environment: [String: String] = [:],
        descriptors: Int? = nil,
        softDescriptors: Int? = nil
    ) throws {
        directory = FileManager.default.temporaryDirectory.appending(
            path: "swiftgate-test-\(UUID().uuidString)",
            directoryHint: .isDirectory
        )
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let place = directory.path()
        for (name, text) in files {
            try text.replacing("{DIR}", with: place).write(
                to: directory.appending(path: name),
                atomically: true,
                encoding: .utf8
            )
        }
        let limit = descriptors.map { "-n \($0)" } ?? softDescriptors.map { "-S -n \($0)" }
        process.executableURL = limit == nil ? Self.executable : URL(filePath: "/bin/sh")
        let limited = limit.map { ["-c", "ulimit \($0) && exec \"$0\" \"$@\"", Self.executable.path()] }
        process.arguments = (limited ?? []) + arguments.map { $0.replacing("{DIR}", with: place) }
        process.currentDirectoryURL = Self.home
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        // One after the other: a node that was started meanwhile would inherit the pipe, and the log would end with it.
        let output = try Self.starting.withLock { _ in
            let pipe = Pipe()
            process.standardOutput = pipe
            process.standardError = pipe
            try process.run()
            try pipe.fileHandleForWriting.close()
            return pipe.fileHandleForReading
        }
        collect(output)
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: directory)
    }

    var identifier: Int32 { process.processIdentifier }

    var isRunning: Bool { process.isRunning }

    var lines: [String] { log.withLock { $0.lines } }

    /// Waits for a line of the log that contains `text`, from the start of the log on.
    @discardableResult
    func line(containing text: String, seconds: Double = 60) async throws -> String {
        try await lines(containing: text, atLeast: 1, seconds: seconds)[0]
    }

    /// Waits until so many lines of the log contain `text`.
    @discardableResult
    func lines(containing text: String, atLeast count: Int, seconds: Double = 60) async throws -> [String] {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var seen = 0
        var found: [String] = []
        while true {
            let (new, isComplete) = log.withLock { log in (log.lines[seen...], log.isComplete) }
            seen = new.endIndex
            found += new.filter { $0.contains(text) }
            if found.count >= count { return found }
            if isComplete || ContinuousClock.now > deadline {
                let reason = isComplete ? "the node ended" : "\(seconds) s passed"
                throw Failure(description: "\(reason) without \"\(text)\":\n" + lines.joined(separator: "\n"))
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// The number at the end of the line `… listens on host:port`.
    func port(after text: String = "listens on") async throws -> UInt16 {
        let line = try await line(containing: text)
        guard let port = line.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw Failure(description: "no port in \"\(line)\"")
        }
        return port
    }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits until the process has ended and its log is complete.
    func exitStatus(seconds: Double = 60) async throws -> Int32 {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while process.isRunning || !log.withLock({ $0.isComplete }) {
            if ContinuousClock.now > deadline {
                throw Failure(description: "still running after \(seconds) s:\n" + lines.joined(separator: "\n"))
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        return process.terminationStatus
    }

    /// Whether the log is left unread, as by a collector that is stuck. It begins with the next line.
    var isUnread: Bool {
        get { log.withLock { $0.isPaused } }
        set { log.withLock { $0.isPaused = newValue } }
    }

    private func collect(_ output: FileHandle) {
        let thread = Thread { [weak self] in
            var rest = Data()
            while true {
                while self?.isUnread == true { usleep(2000) }
                let data = output.availableData
                if data.isEmpty { break }
                rest += data
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
                    rest = rest[(end + 1)...]
                    self?.log.withLock { $0.lines.append(line) }
                }
            }
            self?.log.withLock { $0.isComplete = true }
        }
        thread.start()
    }
}
