// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Blocks
internal import Glibc
internal import NodeFiles
public import ServiceKernel

/// The log service of a node: writes one line for every TEXT message.
///
/// To a file: `DD/MM/YY HH:MM:SS.CC [:SOURCE] text`; to standard output without the time. A SYSTEM message makes it
/// open its file anew, for log rotation. Text is written as it is, by a ``LogWriter``: no turn waits for it.
public final class LoggerService: Service {
    public struct CannotOpen: Error, CustomStringConvertible {
        public let path: String
        public let reason: String

        public var description: String { "cannot open log file \(path): \(reason)" }
    }

    /// Outlives the service by what it takes to write the last lines.
    public let writer: LogWriter
    private let line: LogLine

    /// - Parameter path: the file to append to; empty means standard output.
    public init(path: String) throws(CannotOpen) {
        line = LogLine(hasTime: !path.isEmpty)
        if path.isEmpty {
            writer = LogWriter(to: STDOUT_FILENO, path: nil)
        } else {
            writer = LogWriter(to: try Self.open(path), path: path)
        }
    }

    private static func open(_ path: String) throws(CannotOpen) -> Int32 {
        do throws(NodeFileError) { return try NodeFile.log(path) } catch {
            throw CannotOpen(path: error.path, reason: error.reason)
        }
    }

    /// The last lines before the end are those most wanted.
    public let readsToTheEnd = true

    public func receive(_ message: consuming Message, on worker: Worker) -> TurnOutcome {
        if message.type == .text {
            writer.append(line.format(message.payload.bytes, from: message.source))
        } else if message.type == .system {
            writer.reopen()
        }
        return .finished
    }

    public func retire() { writer.finish() }
}
