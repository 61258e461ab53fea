// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import Glibc
public import ServiceKernel
internal import Synchronization

/// The log service of a node: writes one line for every TEXT message.
///
/// To a file: `DD/MM/YY HH:MM:SS.CC [:SOURCE] text`; to standard output without the time. A SYSTEM message makes it
/// open its file anew, for log rotation. Text is written as it is.
public final class LoggerService: Service {
    private struct Output {
        var descriptor: Int32
        let path: String?
    }

    public struct CannotOpen: Error, CustomStringConvertible {
        public let path: String
        public let reason: String

        public var description: String { "cannot open log file \(path): \(reason)" }
    }

    private let output: Mutex<Output>

    /// - Parameter path: the file to append to; empty means standard output.
    public init(path: String) throws(CannotOpen) {
        if path.isEmpty {
            output = Mutex(Output(descriptor: STDOUT_FILENO, path: nil))
        } else {
            output = Mutex(Output(descriptor: try Self.open(path), path: path))
        }
    }

    /// The last lines before the end are those most wanted.
    public let readsToTheEnd = true

    private static func open(_ path: String) throws(CannotOpen) -> Int32 {
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        if descriptor < 0 { throw CannotOpen(path: path, reason: String(cString: strerror(errno))) }
        return descriptor
    }

    public func receive(_ message: consuming Message, on worker: Worker) -> TurnOutcome {
        if message.type == .text {
            writeLine(message.payload.bytes, from: message.source)
        } else if message.type == .system {
            reopen()
        }
        return .finished
    }

    public func retire() {
        output.withLock { output in
            if output.path != nil { close(output.descriptor) }
            output.descriptor = -1
        }
    }

    private func writeLine(_ text: UnsafeRawBufferPointer, from source: ServiceHandle) {
        output.withLock { output in
            var line = output.path == nil ? [] : Array(Self.timestamp().utf8)
            let address = String(source.rawValue, radix: 16)
            line += Array("[:\(String(repeating: "0", count: 8 - address.count))\(address)] ".utf8)
            line += text
            line.append(UInt8(ascii: "\n"))
            Self.writeAll(line, to: output.descriptor)
        }
    }

    private static func writeAll(_ line: [UInt8], to descriptor: Int32) {
        var done = 0
        while done < line.count {
            let count = line.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, line.count - done) }
            if count < 0, errno == EINTR { continue }
            // A log that cannot be written must not stop the node.
            if count <= 0 { return }
            done += count
        }
    }

    private func reopen() {
        output.withLock { output in
            guard let path = output.path, let descriptor = try? Self.open(path) else { return }
            close(output.descriptor)
            output.descriptor = descriptor
        }
    }

    private static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        localtime_r(&now.tv_sec, &parts)
        func two(_ value: some BinaryInteger) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let date = "\(two(parts.tm_mday))/\(two(parts.tm_mon + 1))/\(two(parts.tm_year % 100))"
        return
            "\(date) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(two(now.tv_nsec / 10_000_000)) "
    }
}
